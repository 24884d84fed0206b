import { Socket } from 'node:net'
import { PLUGIN_AUTH } from '@rds-iam/wire/mysql-handshake'
import { Conversation } from '@rds-iam/wire/mysql-packets'
import { CACHING_SHA2, newScramble, prove } from '@rds-iam/wire/mysql-passwords'
import { provesPassword } from '@rds-iam/wire/mysql-server'
import { expect, it } from 'vitest'

const greeting = { plugin: CACHING_SHA2, scramble: newScramble() }

it.each([
  ['no bytes', 'none', Buffer.alloc(0)],
  ["the NUL that ends an empty password, as MySQL's own client does", 'none', Buffer.alloc(1)],
  ['a proof of another password', 'wrong', prove(CACHING_SHA2, 'another', greeting.scramble)],
  ['half a proof', 'wrong', prove(CACHING_SHA2, 'the password', greeting.scramble).subarray(16)],
])('a client that sends %s proves: %s', async (_, proves, proof) => {
  const response = {
    capabilities: PLUGIN_AUTH,
    fixed: Buffer.alloc(28),
    user: Buffer.from('jane_doe'),
    proof,
    database: undefined,
    plugin: CACHING_SHA2,
    tail: Buffer.alloc(0),
  }
  const client = new Conversation(new Socket())
  expect(await provesPassword(client, response, greeting, 'the password')).toBe(proves)
})

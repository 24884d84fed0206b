import type { Socket } from 'node:net'
import { int32, message, readMessage } from '@rds-iam/wire/postgres-messages'
import { provesServer, scram } from '@rds-iam/wire/postgres-scram'
import { checkProof, scramSecret } from '@rds-iam/wire/postgres-scram-server'
import { Malformed } from '@rds-iam/wire/read'
import { beforeEach, expect, it } from 'vitest'
import { pair } from './support/pair.ts'

let client: Socket
let server: Socket
beforeEach(async () => {
  ;[client, server] = await pair()
})

/** The data of the server's next message. */
async function hear(): Promise<string> {
  const { body } = await readMessage(client)
  return body.toString('utf8', 4)
}

/** Proves the password, with changes to the client's two messages. Resolves with the expected end of the server's. */
async function prove(
  password: string,
  { first: ours = (text: string) => text, final: last = (text: string) => text } = {},
): Promise<string> {
  const exchange = scram(password)
  expect(await hear()).toBe('SCRAM-SHA-256\0\0')
  const first = Buffer.from(ours(exchange.first))
  client.write(message('p', 'SCRAM-SHA-256', int32(first.length), first))
  const { final, serverSignature } = await exchange.answer(await hear())
  client.write(message('p', Buffer.from(last(final))))
  return serverSignature
}

it('accepts the password, and proves that it knows it too', async () => {
  const checked = checkProof(server, await scramSecret('p@ss'), () => {})
  const signature = await prove('p@ss')
  const accepted = await checked
  expect(provesServer(accepted?.toString('utf8', 9) ?? '', signature)).toBe(true)
})

it('accepts no other password', async () => {
  const checked = checkProof(server, await scramSecret('p@ss'), () => {})
  await prove('another')
  expect(await checked).toBeUndefined()
})

it.each([
  ['another header than the first message', { first: (text: string) => text.replace(/^n/, 'y') }],
  ['another nonce', { final: (text: string) => text.replace(/r=./, 'r=_') }],
])('refuses a last message that repeats %s', async (_, changes) => {
  const checked = checkProof(server, await scramSecret('p@ss'), () => {})
  await Promise.all([prove('p@ss', changes), expect(checked).rejects.toThrow(Malformed)])
})

import knex from 'knex'
import { expect, it } from 'vitest'
import { iamConnection } from '../src/index.ts'

// Needs no server, because everything fails before it connects.
const target = { host: 'db.c9akciq32rgh.us-east-1.rds.amazonaws.com', user: 'jane_doe', via: '127.0.0.1:1' }
const postgres = "this connection is for postgres; write client: 'pg'"
const mysql = "this connection is for mysql; write client: 'mysql2'"

it.each([
  ['mysql2', 'postgres', `client: ${postgres}`],
  ['mysql', 'postgres', `connect ENOENT : ${postgres}`],
  ['pg', 'mysql', `client: ${mysql}`],
  ['cockroachdb', 'mysql', `client: ${mysql}`],
  ['mysql', 'mysql', `connect ENOENT : ${mysql}`],
] as const)('a connection fails at once with client %s on %s', async (client, engine, message) => {
  const db = knex({ client, connection: iamConnection({ ...target, engine }), log: { warn: () => {} } })
  try {
    await expect(db.raw('SELECT 1')).rejects.toThrow(message)
  } finally {
    await db.destroy()
  }
})

it.each([
  ['pg', 'postgres'],
  ['mysql2', 'mysql'],
] as const)('a connection dials with client %s on %s', async (client, engine) => {
  const db = knex({ client, connection: iamConnection({ ...target, engine }), log: { warn: () => {} } })
  try {
    await expect(db.raw('SELECT 1')).rejects.toThrow('connect ECONNREFUSED 127.0.0.1:1')
  } finally {
    await db.destroy()
  }
})

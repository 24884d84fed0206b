// Knex: opens pools for each contender on pg and mysql2.
import knex, { type Knex } from 'knex'
import type { Contender } from './contender.ts'

export function onKnex(
  client: 'pg' | 'mysql2',
  connection: NonNullable<Knex.Config['connection']>,
): Contender {
  const pool = (max: number) => {
    const db = knex({ client, connection, pool: { min: 0, max } })
    return { query: async (sql: string) => db.raw(sql), close: () => db.destroy() }
  }
  return {
    async connect() {
      const db = pool(1)
      await db.query('SELECT 1')
      return db
    },
    pool,
  }
}

// Knex on mysql2: what all contenders share on it.
import knex, { type Knex } from 'knex'
import type { Contender } from '../contender.ts'

export function onKnexMysql2(connection: NonNullable<Knex.Config['connection']>): Contender {
  const pool = (max: number) => {
    const db = knex({ client: 'mysql2', connection, pool: { min: 0, max } })
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

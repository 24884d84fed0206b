// mariadb: opens connections and pools for each contender.
import { createConnection, createPool, type PoolConfig } from 'mariadb'
import type { Contender, Make } from '../contender.ts'

export function onMariaDb(config: Make<PoolConfig>): Contender {
  return {
    async connect() {
      const connection = await createConnection(await config())
      return { query: (sql) => connection.query(sql), close: () => connection.end() }
    },
    async pool(connectionLimit) {
      const pool = createPool({ ...(await config()), connectionLimit })
      return { query: (sql) => pool.query(sql), close: () => pool.end() }
    },
  }
}

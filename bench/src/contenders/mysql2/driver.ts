// mysql2: opens connections and pools for each contender.
import { type ConnectionOptions, createConnection, createPool } from 'mysql2/promise'
import type { Contender, Make } from '../contender.ts'

export function onMysql2(config: Make<ConnectionOptions>): Contender {
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

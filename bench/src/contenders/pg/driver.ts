// pg: opens connections and pools for each contender.
import pg from 'pg'
import type { Contender, Make } from '../contender.ts'

export function onPg(config: Make<pg.ClientConfig>): Contender {
  return {
    async connect() {
      const client = new pg.Client(await config())
      await client.connect()
      return { query: (sql) => client.query(sql), close: () => client.end() }
    },
    async pool(max) {
      const pool = new pg.Pool({ ...(await config()), max })
      return { query: (sql) => pool.query(sql), close: () => pool.end() }
    },
  }
}

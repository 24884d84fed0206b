// AWS's wrapper with its plugin `iam`, as in its documentation, but with the host name verified.
import { readFileSync } from 'node:fs'
import { AwsMySQLClient, AwsMySQLPoolClient } from 'aws-advanced-nodejs-wrapper/mysql'
import type { Enter } from '../contender.ts'
import { poolOf } from '../wrapper-pool.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ssl = { ca: readFileSync(bundle, 'utf8'), verifyIdentity: true }
  const config = {
    host,
    port,
    user,
    database,
    plugins: 'iam',
    iamRegion: region,
    ssl,
    enableCleartextPlugin: true,
  }
  return {
    async connect() {
      const client = new AwsMySQLClient(config)
      await client.connect()
      return { query: (sql) => client.query({ sql }), close: () => client.end() }
    },
    pool(size) {
      const pool = new AwsMySQLPoolClient(config, poolOf(size))
      return { query: (sql) => pool.query({ sql }), close: () => pool.end() }
    },
  }
}

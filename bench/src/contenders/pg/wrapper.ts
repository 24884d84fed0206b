// AWS's wrapper with its plugin `iam`, as in its documentation.
// https://github.com/aws/aws-advanced-nodejs-wrapper/blob/main/docs/using-the-nodejs-wrapper/using-plugins/UsingTheIamAuthenticationPlugin.md
import { readFileSync } from 'node:fs'
import { AwsPGClient, AwsPgPoolClient } from 'aws-advanced-nodejs-wrapper/pg'
import type { Enter } from '../contender.ts'
import { poolOf } from '../wrapper-pool.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ca = readFileSync(bundle, 'utf8')
  const config = { host, port, user, database, plugins: 'iam', iamRegion: region, ssl: { ca } }
  return {
    async connect() {
      const client = new AwsPGClient(config)
      await client.connect()
      return { query: (sql) => client.query(sql), close: () => client.end() }
    },
    pool(size) {
      const pool = new AwsPgPoolClient(config, poolOf(size))
      return { query: (sql) => pool.query(sql), close: () => pool.end() }
    },
  }
}

// The usual recipe: a plugin of mysql2 signs when a connection is asked for its password; `ssl.ca` is the bundle.
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import type { Enter } from '../contender.ts'
import { onTypeOrmMysql2 } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ssl = { ca: readFileSync(bundle, 'utf8'), verifyIdentity: true }
  const token = () => new Signer({ hostname: host, port, username: user, region }).getAuthToken()
  const authPlugins = { mysql_clear_password: () => async () => Buffer.from(`${await token()}\0`) }
  return onTypeOrmMysql2((poolSize) => ({
    type: 'mysql',
    host,
    port,
    username: user,
    database,
    ssl,
    extra: { authPlugins },
    poolSize,
  }))
}

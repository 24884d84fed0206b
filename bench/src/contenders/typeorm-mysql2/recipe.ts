// The usual recipe: an authentication plugin of mysql2 signs a token for each connection; `ssl.ca` is the bundle.
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import type { Enter } from '../contender.ts'
import { onTypeOrm } from '../typeorm.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ssl = { ca: readFileSync(bundle, 'utf8'), verifyIdentity: true }
  const token = () => new Signer({ hostname: host, port, username: user, region }).getAuthToken()
  const authPlugins = { mysql_clear_password: () => async () => Buffer.from(`${await token()}\0`) }
  return onTypeOrm((poolSize) => ({
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

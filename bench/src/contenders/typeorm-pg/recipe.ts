// The usual recipe: pg asks for a password when TypeORM's pool opens a connection; `ssl.ca` is the bundle.
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import type { Enter } from '../contender.ts'
import { onTypeOrm } from '../typeorm.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ca = readFileSync(bundle, 'utf8')
  return onTypeOrm((poolSize) => ({
    type: 'postgres',
    host,
    port,
    username: user,
    database,
    password: () => new Signer({ hostname: host, port, username: user, region }).getAuthToken(),
    ssl: { ca },
    poolSize,
  }))
}

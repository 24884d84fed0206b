// The usual recipe: pg asks for the password whenever TypeORM's pool opens a connection; `ssl.ca` is the bundle.
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import type { Enter } from '../contender.ts'
import { onTypeOrmPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ca = readFileSync(bundle, 'utf8')
  return onTypeOrmPg((poolSize) => ({
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

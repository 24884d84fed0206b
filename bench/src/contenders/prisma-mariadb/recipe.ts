// The usual recipe: one token for the pool, signed when the client is created; `ssl.ca` is the bundle.
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import type { Enter } from '../contender.ts'
import { onPrismaMariaDb } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ssl = { ca: readFileSync(bundle, 'utf8'), servername: host }
  return onPrismaMariaDb(async (connectionLimit) => {
    const password = await new Signer({ hostname: host, port, username: user, region }).getAuthToken()
    return new PrismaMariaDb({ host, port, user, database, password, ssl, connectionLimit })
  })
}

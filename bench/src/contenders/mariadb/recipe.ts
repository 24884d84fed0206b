// The usual recipe: a signer and a token per connection, and the bundle as `ssl.ca`.
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import type { Enter } from '../contender.ts'
import { onMariaDb } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ssl = { ca: readFileSync(bundle, 'utf8'), servername: host }
  return onMariaDb(async () => {
    const signer = new Signer({ hostname: host, port, username: user, region })
    const password = await signer.getAuthToken()
    return { host, port, user, database, password, ssl, connectTimeout: 60_000 }
  })
}

// The usual recipe: a signer and a token per connection, and the bundle as `ssl.ca`.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import type { Enter } from '../contender.ts'
import { onPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ca = readFileSync(bundle, 'utf8')
  return onPg(async () => {
    const signer = new Signer({ hostname: host, port, username: user, region })
    const password = await signer.getAuthToken()
    return { host, port, user, database, password, ssl: { ca } }
  })
}

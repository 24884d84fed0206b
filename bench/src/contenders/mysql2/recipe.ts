// The usual recipe: a signer and a token per connection, and the bundle as `ssl.ca`.
// https://docs.aws.amazon.com/lambda/latest/dg/services-rds.html, but with the host name verified
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import type { Enter } from '../contender.ts'
import { onMysql2 } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ssl = { ca: readFileSync(bundle, 'utf8'), verifyIdentity: true }
  return onMysql2(async () => {
    const signer = new Signer({ hostname: host, port, username: user, region })
    const password = await signer.getAuthToken()
    return { host, port, user, database, password, ssl, enableCleartextPlugin: true }
  })
}

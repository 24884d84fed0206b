// The usual recipe: Knex asks for the connection's options when the token has expired; `ssl.ca` is the bundle.
// https://knexjs.org/guide/#configuration-options
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import type { Enter } from '../contender.ts'
import { onKnex } from '../knex.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ssl = { ca: readFileSync(bundle, 'utf8'), verifyIdentity: true }
  return onKnex('mysql2', async () => {
    const signer = new Signer({ hostname: host, port, username: user, region })
    const password = await signer.getAuthToken()
    const expires = Date.now() + 14 * 60_000
    return {
      host,
      port,
      user,
      database,
      password,
      ssl,
      enableCleartextPlugin: true,
      expirationChecker: () => Date.now() >= expires,
    }
  })
}

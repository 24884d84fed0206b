// The floor: a fixed password, and only the certificate authority that is needed. mysql2 parses it once.
import type { Enter } from '../contender.ts'
import { onKnex } from '../knex.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { ca, verifyIdentity: true }
  return onKnex('mysql2', () => ({ host, port, user, database, password, ssl, enableCleartextPlugin: true }))
}

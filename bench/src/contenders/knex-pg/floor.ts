// The floor: a fixed password, and only the certificate authority that is needed, parsed once.
import { createSecureContext } from 'node:tls'
import type { Enter } from '../contender.ts'
import { onKnex } from '../knex.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { secureContext: createSecureContext({ ca }) }
  // A function, because Knex clones an object, and OpenSSL can't use a cloned context.
  return onKnex('pg', () => ({ host, port, user, database, password, ssl }))
}

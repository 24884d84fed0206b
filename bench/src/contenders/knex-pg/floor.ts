// The floor: a fixed password, and the one certificate authority that is needed, parsed once.
import { createSecureContext } from 'node:tls'
import type { Enter } from '../contender.ts'
import { onKnexPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { secureContext: createSecureContext({ ca }) }
  // As a function: Knex clones an object, and a clone of the context is one that OpenSSL can't use.
  return onKnexPg(() => ({ host, port, user, database, password, ssl }))
}

// The floor: a fixed password, and only the certificate authority that is needed, parsed once.
import { createSecureContext } from 'node:tls'
import type { Enter } from '../contender.ts'
import { onPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { secureContext: createSecureContext({ ca }) }
  return onPg(() => ({ host, port, user, database, password, ssl }))
}

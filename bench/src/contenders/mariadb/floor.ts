// The floor: a fixed password, and only the certificate authority that is needed, parsed once. mariadb passes `ssl` to
// tls.connect without a host, so `servername` is set.
import { createSecureContext } from 'node:tls'
import type { Enter } from '../contender.ts'
import { onMariaDb } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { secureContext: createSecureContext({ ca }), ca, servername: host }
  return onMariaDb(() => ({ host, port, user, database, password, ssl, connectTimeout: 60_000 }))
}

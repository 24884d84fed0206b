// The floor: a fixed password, and the one certificate authority that is needed, parsed once. mariadb hands `ssl` to
// tls.connect, and names no host there.
import { createSecureContext } from 'node:tls'
import type { Enter } from '../contender.ts'
import { onMariaDb } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { secureContext: createSecureContext({ ca }), ca, servername: host }
  return onMariaDb(() => ({ host, port, user, database, password, ssl, connectTimeout: 60_000 }))
}

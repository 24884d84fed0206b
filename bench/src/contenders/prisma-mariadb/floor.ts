// The floor: a fixed password, and only the certificate authority that is needed, parsed once.
import { createSecureContext } from 'node:tls'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import type { Enter } from '../contender.ts'
import { onPrismaMariaDb } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { secureContext: createSecureContext({ ca }), ca, servername: host }
  return onPrismaMariaDb(
    (connectionLimit) => new PrismaMariaDb({ host, port, user, database, password, ssl, connectionLimit }),
  )
}

// The floor: a fixed password, and only the certificate authority that is needed, parsed once.
import { createSecureContext } from 'node:tls'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Enter } from '../contender.ts'
import { onPrismaPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { secureContext: createSecureContext({ ca }) }
  return onPrismaPg((max) => new PrismaPg({ host, port, user, database, password, ssl, max }))
}

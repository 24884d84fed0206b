// The floor: a fixed password, and the one certificate authority that is needed, parsed once by mysql2.
import type { Enter } from '../contender.ts'
import { onKnexMysql2 } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { ca, verifyIdentity: true }
  return onKnexMysql2(() => ({ host, port, user, database, password, ssl, enableCleartextPlugin: true }))
}

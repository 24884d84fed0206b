// The floor: a fixed password, and only the certificate authority that is needed. mysql2 parses it once.
import type { Enter } from '../contender.ts'
import { onMysql2 } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { ca: [ca], verifyIdentity: true }
  return onMysql2(() => ({ host, port, user, database, password, ssl, enableCleartextPlugin: true }))
}

// The floor: a fixed password, and only the certificate authority that is needed. mysql2 parses it once.
import type { Enter } from '../contender.ts'
import { onTypeOrm } from '../typeorm.ts'

export const enter: Enter = ({ host, port, user, database, password, ca }) => {
  const ssl = { ca, verifyIdentity: true }
  return onTypeOrm((poolSize) => ({
    type: 'mysql',
    host,
    port,
    username: user,
    database,
    password,
    ssl,
    extra: { enableCleartextPlugin: true },
    poolSize,
  }))
}

// The usual recipe: pg asks for a password when the adapter's pool opens a connection; `ssl.ca` is the bundle.
import { readFileSync } from 'node:fs'
import { Signer } from '@aws-sdk/rds-signer'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Enter } from '../contender.ts'
import { onPrismaPg } from './driver.ts'

export const enter: Enter = ({ host, port, user, database, region, bundle }) => {
  const ca = readFileSync(bundle, 'utf8')
  const password = () => new Signer({ hostname: host, port, username: user, region }).getAuthToken()
  return onPrismaPg((max) => new PrismaPg({ host, port, user, database, password, ssl: { ca }, max }))
}

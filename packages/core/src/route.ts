// Where a connection goes, and which endpoint its token is signed for: settled whenever one is opened.
import { isIP, Socket } from 'node:net'
import type { DialAddress, Endpoint } from './endpoint.ts'
import { RdsIamError } from './errors.ts'
import { parseRdsHost } from './rds-host.ts'
import type { Settings } from './settings.ts'
import { type TokenSource, tokenSource } from './token-source.ts'

/** The way to a target, and whose way it is. */
export interface Route {
  /** Whether `endpoint` is settled once and for all. */
  readonly direct: boolean
  /** What the last connection was opened for: the target's endpoint, or what its alias stands for. */
  readonly endpoint: Endpoint
  /** Yields the tokens for `endpoint`. */
  readonly source: TokenSource
  /** Settles `endpoint`, and tells the address to dial. */
  settle(): Promise<DialAddress>
}

/** More than anyone chains; a loop ends here. */
const MAX_CNAMES = 8

export function routeOf({ endpoint: own, identity, cname }: Settings): Route {
  const direct = own.via !== undefined || !mayBeAlias(own)
  let endpoint = own
  let source = tokenSource(own, identity)
  return {
    direct,
    get endpoint() {
      return endpoint
    },
    get source() {
      return source
    },
    async settle() {
      if (direct) return own.via ?? own
      let failure: Error | undefined
      const host = await aliasedEndpoint(own.host, (error) => {
        failure = error
      })
      // Without an answer nothing is known of an alias: dialling will tell.
      if (host === undefined && !cname) return own
      const target = followed(own, host, cname, failure)
      if (target.host !== endpoint.host) {
        endpoint = target
        source = tokenSource(endpoint, identity)
      }
      return endpoint
    },
  }
}

/** A socket that is dialled when the route is settled; what goes wrong with that is the socket's error. */
export function dialled(route: Route): Socket {
  const socket = new Socket()
  dialWhenSettled(socket, route, socket.connect.bind(socket))
  return socket
}

/** The same, for a driver that tells the socket when to connect, and where to, which is not heeded. */
export function dialledOnDemand(route: Route): Socket {
  const socket = new Socket()
  const connectTo = socket.connect.bind(socket)
  return Object.assign(socket, {
    connect: () => {
      dialWhenSettled(socket, route, connectTo)
      return socket
    },
  })
}

function dialWhenSettled(socket: Socket, route: Route, connectTo: (address: DialAddress) => unknown): void {
  socket.setNoDelay(true)
  route.settle().then(
    (address) => {
      if (socket.destroyed) return
      connectTo(address)
      // The token is on its way while the connection is. Who sends it asks for it again, and hears of what goes wrong.
      route.source.get().catch(() => {})
    },
    (error: Error) => socket.destroy(error),
  )
}

/** Names of a company's own DNS, not of RDS, of this machine, or of the network at hand. */
function mayBeAlias({ host, kind }: Endpoint): boolean {
  return kind === undefined && isIP(host) === 0 && host.includes('.')
}

/** The RDS endpoint that a name's chain of CNAMEs leads to, if it does; calls `failed` if DNS did not answer. */
async function aliasedEndpoint(name: string, failed: (reason: Error) => void): Promise<string | undefined> {
  const { promises: dns } = await import('node:dns')
  let host = name
  for (let hops = 0; hops < MAX_CNAMES; hops++) {
    // Looked up at each call: dns.setServers() replaces the function.
    const [next] = await dns.resolveCname(host).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENODATA' && error.code !== 'ENOTFOUND') failed(error)
      return []
    })
    if (next === undefined) return undefined
    host = next.toLowerCase().replace(/\.$/, '')
    if (parseRdsHost(host)) return host
  }
  return undefined
}

function followed(
  own: Endpoint,
  host: string | undefined,
  cname: boolean,
  failure: Error | undefined,
): Endpoint {
  const rds = host === undefined ? undefined : parseRdsHost(host)
  if (failure && !rds) {
    throw alias(own, `could not be followed: DNS did not answer (${failure.message}).`, failure)
  }
  if (host === undefined || !rds) {
    throw alias(
      own,
      'has no CNAME that leads to an RDS endpoint, within 8 names. Write the endpoint as host.',
    )
  }
  if (!cname) {
    throw alias(
      own,
      `is an alias of ${host}, and RDS takes tokens that are signed for that name only. Write host: '${host}', ` +
        `with via: '${own.host}' if that is what must be dialled; or cname: true, if whoever owns the DNS of ` +
        `${own.host} may choose the database.`,
    )
  }
  if (rds.region !== undefined && rds.region !== own.region) {
    throw alias(own, `is an alias of ${host}, which is not in ${own.region}. Write region: '${rds.region}'.`)
  }
  return { ...own, host, kind: rds.kind }
}

function alias({ host }: Endpoint, what: string, cause?: Error): RdsIamError {
  return new RdsIamError('ERR_RDS_IAM_ALIAS', `${host} ${what}`, cause && { cause })
}

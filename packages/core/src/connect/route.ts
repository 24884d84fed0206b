// Decides, for each connection, where it goes and which endpoint its token is signed for.

import { Socket } from 'node:net'
import type { Phrase, RdsIamError } from '../errors.ts'
import { reasonOf } from '../foreign-error.ts'
import { nodeDns } from '../node-modules.ts'
import { optionError } from '../problems.ts'
import type { Endpoint } from '../target/endpoint.ts'
import { parseRdsHost } from '../target/rds-host.ts'
import { hostName, ipVersion } from '../target/values.ts'
import type { DialAddress } from '../target/via.ts'
import { type LoginTokens, tokenSource } from '../token/token-source.ts'
import { type Asked, otherEndpoint } from './own-endpoint.ts'
import type { Settings } from './settings.ts'

/** The route to a target. */
export interface Route {
  /** The target's own endpoint, which the driver must ask for. */
  readonly own: Endpoint
  /** Whether `endpoint` is the same for all connections. */
  readonly direct: boolean
  /** The endpoint of the last connection: the target's own, or the one behind its alias. */
  readonly endpoint: Endpoint
  /** Whether `endpoint` points to the writer, which may change. */
  readonly writer: boolean
  /** The source of tokens for `endpoint`. */
  readonly source: LoginTokens
  /** Decides `endpoint`, and returns the address to dial. Stops when `over` aborts. */
  settle(over?: AbortSignal): Promise<DialAddress>
}

/** More than anyone needs. Also ends a loop. */
const MAX_CNAMES = 8
/** How long the DNS may take to resolve an alias. It answers in milliseconds, or not at all. */
const LOOKUP_MS = 3_000

export function routeOf({ endpoint: own, identity, cname, writer }: Settings): Route {
  const direct = own.via !== undefined || !mayBeAlias(own)
  let endpoint = own
  let source = tokenSource(own, identity)
  return {
    own,
    direct,
    get endpoint() {
      return endpoint
    },
    get writer() {
      return writer ?? (endpoint.kind === 'writer' || endpoint.kind === 'global-writer')
    },
    get source() {
      return source
    },
    async settle(over) {
      if (direct) return own.via ?? own
      let failure: Error | undefined
      const tell = (error: Error): void => {
        failure = error
      }
      const host = await aliasedEndpoint(own.host, tell, over)
      // Without an answer, it isn't known whether this is an alias. Connecting will show it.
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

/** A socket that connects once the route is known. If that fails, the socket emits the error. */
export function dialled(route: Route, asked: Asked = {}): Socket {
  const socket = new Socket()
  socket.cork() // for code that writes without waiting for the connection
  socket.once('connect', () => socket.uncork())
  dialWhenSettled(socket, route, socket.connect.bind(socket), asked)
  return socket
}

/**
 * The same, for a driver that calls connect(). Its address is checked, but not used. `meanwhile` is called while the
 * connection is being opened.
 */
export function dialledOnDemand(route: Route, meanwhile?: () => void): Socket {
  const socket = new Socket()
  const connectTo = socket.connect.bind(socket)
  return Object.assign(socket, {
    // A path is the only argument.
    connect: (port: unknown, host: unknown = port) => {
      dialWhenSettled(socket, route, connectTo, host === port ? { host } : { host, port }, meanwhile)
      return socket
    },
  })
}

function dialWhenSettled(
  socket: Socket,
  route: Route,
  connectTo: (address: DialAddress) => unknown,
  asked: Asked,
  meanwhile: () => void = () => {},
): void {
  const error = otherEndpoint(asked, route.own)
  if (error) {
    socket.destroy(error)
    return
  }
  socket.setNoDelay(true)
  const dial = (address: DialAddress): void => {
    if (socket.destroyed) return
    connectTo(address)
    // Sign the token in the meantime. The login asks for it again, and gets a possible error.
    route.source.get().catch(() => {})
    try {
      meanwhile()
    } catch (thrown) {
      socket.destroy(Object(thrown)) // the driver reports it, as any error of its socket
    }
  }
  if (route.direct) dial(route.own.via ?? route.own)
  else {
    const over = new AbortController()
    socket.once('close', () => over.abort())
    route.settle(over.signal).then(dial, (error: Error) => socket.destroy(error))
  }
}

/** Whether the host may be a name in a company's own DNS: not an RDS name, an IP address, or a name without a dot. */
function mayBeAlias({ host, kind }: Endpoint): boolean {
  return kind === undefined && ipVersion(host) === 0 && host.includes('.')
}

/**
 * The RDS endpoint at the end of a name's chain of CNAMEs, if there is one. Calls `failed` if the DNS didn't answer.
 * Stops when `over` aborts.
 */
async function aliasedEndpoint(
  name: string,
  failed: (reason: Error) => void,
  over: AbortSignal | undefined,
): Promise<string | undefined> {
  const { promises: dns } = nodeDns()
  const resolver = new dns.Resolver({ timeout: LOOKUP_MS, tries: 1 })
  resolver.setServers(dns.getServers()) // dns.setServers() may have changed them
  const cancel = (): void => resolver.cancel()
  const timer = setTimeout(cancel, LOOKUP_MS)
  over?.addEventListener('abort', cancel)
  try {
    let host = name
    for (let hops = 0; hops < MAX_CNAMES && !over?.aborted; hops++) {
      const [next] = await resolver.resolveCname(host).catch((error: NodeJS.ErrnoException) => {
        const silent = error.code === 'ECANCELLED' || error.code === 'ETIMEOUT'
        if (silent) failed(new Error(`no answer within ${LOOKUP_MS / 1000} s`))
        else if (error.code !== 'ENODATA' && error.code !== 'ENOTFOUND') failed(error)
        return []
      })
      // A name in the DNS may contain any bytes.
      const target = next === undefined ? undefined : hostName(next)
      if (target === undefined) return undefined
      if (parseRdsHost(target)) return target
      host = target
    }
    return undefined
  } finally {
    clearTimeout(timer)
    over?.removeEventListener('abort', cancel)
  }
}

function followed(
  own: Endpoint,
  host: string | undefined,
  cname: boolean,
  failure: Error | undefined,
): Endpoint {
  const rds = host === undefined ? undefined : parseRdsHost(host)
  if (failure && !rds) {
    throw alias(
      own,
      'could not be looked up',
      `check DNS, which did not answer (${reasonOf(failure)})`,
      failure,
    )
  }
  if (host === undefined || !rds) {
    const instead = ['write the endpoint itself as ', { option: 'host' }]
    throw alias(own, `has no CNAME that leads to an RDS endpoint within ${MAX_CNAMES} names`, instead)
  }
  if (rds.kind === 'dsql') {
    throw alias(own, `is an alias of ${host}, and Aurora DSQL finds a cluster only by its own name`, [
      'write ',
      { option: 'host', value: host },
      ', and ',
      { option: 'via', value: own.host },
      ' if you must connect to that name',
    ])
  }
  if (!cname) {
    throw alias(own, `is an alias of ${host}, and RDS accepts only tokens signed for that name`, [
      'write ',
      { option: 'host', value: host },
      ', and ',
      { option: 'via', value: own.host },
      ' if you must connect to that name; or write ',
      { option: 'cname', value: true },
      `, if whoever controls the DNS of ${own.host} may choose the database`,
    ])
  }
  if (rds.region !== undefined && rds.region !== own.region) {
    const instead = ['write ', { option: 'region', value: rds.region }]
    throw alias(own, `is an alias of ${host}, which is not in ${own.region}`, instead)
  }
  return { ...own, host, kind: rds.kind }
}

function alias({ host }: Endpoint, what: string, instead: Phrase, cause?: Error): RdsIamError {
  return optionError('ERR_RDS_IAM_ALIAS', { option: 'host', seen: `${host} ${what}`, instead }, cause)
}

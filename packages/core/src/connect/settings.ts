// Reads a whole target: the endpoint, the identity, the trust store, and the options of the driver.
import { type Origin, type Problem, shown } from '../errors.ts'
import { Problems } from '../problems.ts'
import { type Endpoint, type EndpointReading, readEndpoint } from '../target/endpoint.ts'
import { DEFAULT } from '../target/engine.ts'
import type { Environment } from '../target/environment.ts'
import { readOptions } from '../target/own-options.ts'
import type { IamTarget } from '../target/target.ts'
import type { Identity } from '../token/identity.ts'
import { readTls, TLS_PARAMS } from '../trust/tls-options.ts'
import { type TrustStore, trustStore } from '../trust/trust-store.ts'
import { type Driver, readDriverOptions } from './driver-options.ts'
import { readMisnamed } from './option-names.ts'
import { readIdentity } from './read-identity.ts'

export interface Settings {
  readonly endpoint: Endpoint
  readonly identity: Identity
  readonly trust: TrustStore
  readonly skipVerification: boolean
  readonly cname: boolean
  /** The user's option. */
  readonly writer: boolean | undefined
  /** Where the URL and `via` came from. */
  readonly urlFrom: Origin
  readonly viaFrom: Origin
  /** The parameters of the URL's query, without those about TLS. */
  readonly params: ReadonlyMap<string, string>
  /** The driver's options, without ours. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** Reads a target, or throws one error that names everything that is wrong with it. */
export function readSettings(target: IamTarget, driver?: Driver, env: Environment = process.env): Settings {
  const problems = new Problems()
  const own: IamTarget = readOptions(target, 'target', EXAMPLE, problems)
  if (problems.any) throw problems.toError()
  const misnamed = readMisnamed(own, problems)
  const reading = readEndpoint(own, problems, env, driver?.engine, misnamed)
  const identity = readIdentity(own, reading.region ?? '', problems)
  const added = readTls(own, reading, env, problems)
  const params = new Map([...reading.params].filter(([name]) => !TLS_PARAMS.has(name)))
  const rest = readDriverOptions(own, { ...reading, params }, driver, problems)
  const skipVerification = readSwitch(own, 'dangerouslySkipServerVerification', problems) === true
  const cname = readSwitch(own, 'cname', problems) === true
  const writer = readSwitch(own, 'writer', problems)
  refusePairs(reading, cname, rest, problems)
  const { endpoint } = reading
  if (!endpoint || problems.any) throw problems.toError()
  return {
    endpoint,
    identity,
    trust: trustStore(endpoint, added),
    skipVerification,
    cname,
    writer,
    urlFrom: reading.urlFrom,
    viaFrom: reading.origins.via ?? DEFAULT,
    params,
    rest,
  }
}

const EXAMPLE = "{ url: 'postgres://user@host/database' }"

function readSwitch(
  target: IamTarget,
  option: 'cname' | 'writer' | 'dangerouslySkipServerVerification',
  problems: Problems,
): boolean | undefined {
  const value: unknown = target[option]
  if (value === undefined || typeof value === 'boolean') return value
  return problems.add({ option, seen: `${shown(value)} is not a boolean`, instead: 'write true or false' })
}

/** `via` may come from the environment too. */
function refusePairs(
  { parts: { via }, origins }: EndpointReading,
  cname: boolean,
  { stream }: Readonly<Record<string, unknown>>,
  problems: Problems,
): void {
  const ofVia: Pick<Problem, 'option' | 'from'> = {
    option: 'via',
    ...(origins.via && { from: origins.via }),
  }
  const conflict = (one: Pick<Problem, 'option' | 'from'>, other: string): void => {
    problems.add({ ...one, seen: ['conflicts with ', { option: other }], instead: 'leave out one of them' })
  }
  if (stream !== undefined && via) conflict(ofVia, 'stream')
  if (stream !== undefined && cname) conflict({ option: 'cname' }, 'stream')
  if (via && cname) {
    problems.add({
      ...ofVia,
      seen: ['conflicts with ', { option: 'cname' }],
      instead: ['leave out ', { option: 'cname' }, ', and write the endpoint itself as ', { option: 'host' }],
    })
  }
}

/** The options that all drivers call the same: the address and the names, as the user wrote them. */
export function addressOf({ host, port, user, database }: Endpoint): Address {
  return { host, port, user, ...(database === undefined ? {} : { database }) }
}

interface Address {
  host: string
  port: number
  user: string
  database?: string
}

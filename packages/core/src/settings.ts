// A target read as a whole: endpoint, identity, trust, and what is left for the driver.
import type { Identity } from './credentials.ts'
import { type Endpoint, readEndpoint } from './endpoint.ts'
import type { Environment } from './engine.ts'
import { Problems, shown } from './errors.ts'
import type { Engine, IamTarget } from './target.ts'
import { type TrustStore, trustStore } from './tls.ts'
import { readTls, TLS_PARAMS } from './tls-options.ts'

export interface Settings {
  readonly endpoint: Endpoint
  readonly identity: Identity
  readonly trust: TrustStore
  readonly skipVerification: boolean
  readonly cname: boolean
  /** The parameters of the URL's query, less those about TLS. */
  readonly params: ReadonlyMap<string, string>
  /** What is the driver's: its options, less ours. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** What a binding's driver is like. */
export interface Driver {
  readonly engine: Engine
  /** Its options that would go past us, each with what to write instead. */
  readonly refused: Readonly<Record<string, string>>
  /** The parameters of a URL that it knows, each as an entry of its options. */
  readonly params: Readonly<Record<string, (value: string) => readonly [option: string, value: unknown]>>
}

const OURS: { readonly [name in keyof Required<IamTarget>]: true } = {
  url: true,
  engine: true,
  host: true,
  port: true,
  user: true,
  database: true,
  region: true,
  profile: true,
  role: true,
  credentials: true,
  timeoutMs: true,
  via: true,
  cname: true,
  ssl: true,
  dangerouslySkipServerVerification: true,
}

/** A timer of Node's that is set to more fires at once. */
const LONGEST_MS = 2 ** 31 - 1

const NO_PASSWORD = 'an IAM login has none (a token takes its place); remove it'

/** Reads a target, or throws one error that names all that is wrong with it. */
export function readSettings(target: IamTarget, driver?: Driver, env: Environment = process.env): Settings {
  const problems = new Problems()
  if (typeof target !== 'object' || target === null) {
    problems.add('target', `is no object; write one, such as { url: 'postgres://user@host/database' }`)
    throw problems.toError()
  }
  const reading = readEndpoint(target, driver?.engine, problems, env)
  const identity = readIdentity(target, reading.region ?? '', problems)
  const added = readTls(target, reading, env, problems)
  const params = new Map([...reading.params].filter(([name]) => !TLS_PARAMS.has(name)))
  const rest = { ...readParams(params, driver, problems), ...readRest(target, driver, problems) }
  refusePairs({ via: reading.parts.via, cname: target.cname }, rest, problems)
  const { endpoint } = reading
  if (!endpoint || problems.any) throw problems.toError()
  const skipVerification = target.dangerouslySkipServerVerification === true
  return {
    endpoint,
    identity,
    trust: trustStore(endpoint.region, added),
    skipVerification,
    cname: target.cname === true,
    params,
    rest,
  }
}

/** Who signs, as far as the target says; `region` is where STS is asked. */
export function readIdentity(target: IamTarget, region: string, problems: Problems): Identity {
  const { profile, role, credentials, timeoutMs = 10_000 } = target
  if (profile !== undefined && typeof profile !== 'string') {
    problems.add('profile', `${shown(profile)} is no name of a profile`)
  }
  if (credentials !== undefined && profile !== undefined) {
    problems.add('profile', "can't go together with credentials; leave out one of them")
  }
  if (credentials !== undefined && typeof credentials !== 'function' && !hasKeys(credentials)) {
    problems.add(
      'credentials',
      'has no accessKeyId and secretAccessKey; write both, or a function that yields them',
    )
  }
  const assumed = typeof role === 'string' ? { arn: role } : role
  if (assumed !== undefined && !isRole(Object(assumed).arn)) {
    problems.add(
      'role',
      `${shown(Object(assumed).arn)} is no ARN of a role; write arn:aws:iam::123456789012:role/name`,
    )
  }
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= LONGEST_MS)) {
    problems.add(
      'timeoutMs',
      `${shown(timeoutMs)} is no time; write milliseconds, such as 10_000, ${LONGEST_MS} at most`,
    )
  }
  return { profile, role: assumed, credentials, region, timeoutMs }
}

function isRole(arn: unknown): boolean {
  return typeof arn === 'string' && /^arn:[^:]+:iam::\d+:role\/./.test(arn)
}

function hasKeys(credentials: unknown): boolean {
  return 'accessKeyId' in Object(credentials) && 'secretAccessKey' in Object(credentials)
}

function readParams(
  params: ReadonlyMap<string, string>,
  driver: Driver | undefined,
  problems: Problems,
): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  if (!driver) return options
  for (const [name, value] of params) {
    const read = Object.hasOwn(driver.params, name) ? driver.params[name] : undefined
    if (!read) {
      problems.add(
        `${name} (from the URL)`,
        'is not known here; remove it, or pass it as an option of the driver',
      )
      continue
    }
    const [option, converted] = read(value)
    if (Number.isNaN(converted))
      problems.add(`${name} (from the URL)`, `${shown(value)} is no number; write one`)
    options[option] = converted
  }
  return options
}

function readRest(
  target: IamTarget,
  driver: Driver | undefined,
  problems: Problems,
): Record<string, unknown> {
  const rest: Record<string, unknown> = Object.fromEntries(
    Object.entries(target).filter(([name]) => !Object.hasOwn(OURS, name)),
  )
  for (const [name, instead] of Object.entries({ password: NO_PASSWORD, ...driver?.refused })) {
    if (rest[name] !== undefined) problems.add(name, instead)
  }
  return rest
}

/** `via` may come from the environment too. */
function refusePairs(
  { via, cname }: Readonly<Record<'via' | 'cname', unknown>>,
  { stream }: Readonly<Record<string, unknown>>,
  problems: Problems,
): void {
  for (const [name, value] of Object.entries({ via, cname })) {
    if (stream !== undefined && value) problems.add('stream', `can't go together with ${name}; leave out one`)
  }
  if (via && cname) problems.add('cname', "can't go together with via; write the endpoint itself as host")
}

/** What the drivers call the same: the address and the names, as the user means them. */
export function addressOf({ host, port, user, database }: Endpoint): Address {
  return { host, port, user, ...(database === undefined ? {} : { database }) }
}

interface Address {
  host: string
  port: number
  user: string
  database?: string
}

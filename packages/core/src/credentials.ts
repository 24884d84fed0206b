// AWS credentials, resolved anew for each signing, shared for seconds, and never awaited without a limit.
import { RdsIamError, reasonOf } from './errors.ts'
import type { Credentials, RoleToAssume } from './target.ts'

/** Who signs: the part of a target that decides which credentials are resolved. */
export interface Identity {
  readonly profile: string | undefined
  readonly role: RoleToAssume | undefined
  readonly credentials: Credentials | undefined
  /** Where STS is asked for the role. */
  readonly region: string
  readonly timeoutMs: number
}

export type AwsCredentials = Exclude<Credentials, (...args: never[]) => unknown>
type Provider = () => Promise<AwsCredentials>

/** One resolution of credentials, which several endpoints may share. */
export interface Resolution {
  /** Counts up, process-wide, from 1. */
  readonly number: number
  readonly credentials: AwsCredentials
  /** When they came, by this machine's clock, in milliseconds since the epoch. */
  readonly resolvedAt: number
  /** When the credentials end, in milliseconds since the epoch; undefined if they don't. */
  readonly endAt: number | undefined
  /** The source of the SDK's chain that had them; undefined if they were given, or if the SDK doesn't tell. */
  readonly source?: string | undefined
}

/** A resolution under way or just made. */
interface Entry {
  readonly number: number
  readonly startedAt: number
  readonly promise: Promise<Resolution>
}

/** The least life that credentials, and tokens, must have left to be used. */
export const MIN_LIFE_MS = 60_000
/** So 50 databases with one identity, opened together, ask STS once. */
const SHARED_MS = 5_000

const entries = new Map<unknown, Map<string, Entry>>()
let started = 0

/** The number of the newest resolution: what comes after it knows what the caller knows now. */
export function newestResolution(): number {
  return started
}

/**
 * Resolves the identity's credentials, or joins a resolution that began in the last seconds and is newer than
 * number `after`.
 *
 * @throws RdsIamError `ERR_RDS_IAM_CREDENTIALS`, `…_TIMEOUT` or `…_EXPIRED`
 */
export async function resolveCredentials(identity: Identity, after = 0): Promise<Resolution> {
  const { promise } = joinable(identity, after) ?? start(identity)
  const resolution = await promise
  const { number, resolvedAt } = resolution
  const now = Date.now()
  if (isAlive(resolution, now)) return resolution
  // They came alive, and time has passed since: who joins late, or has slept, is not told of that but gets new ones.
  if (isAlive(resolution, resolvedAt)) return resolveCredentials(identity, number)
  throw ended(resolution, identity, now)
}

function joinable(identity: Identity, after: number): Entry | undefined {
  const now = Date.now()
  for (const [source, shelf] of entries) {
    // A clock that jumped back makes an entry's age negative: stale as well.
    for (const [key, entry] of shelf) if (Math.abs(now - entry.startedAt) > SHARED_MS) shelf.delete(key)
    if (shelf.size === 0) entries.delete(source)
  }
  const entry = entries.get(identity.credentials)?.get(keyOf(identity))
  return entry && entry.number > after ? entry : undefined
}

function start(identity: Identity): Entry {
  const number = ++started
  const entry = { number, startedAt: Date.now(), promise: withinTime(identity, number) }
  const shelf = entries.get(identity.credentials) ?? new Map<string, Entry>()
  entries.set(identity.credentials, shelf.set(keyOf(identity), entry))
  // A failure is told to those who wait for it, and tried again by the next.
  entry.promise.catch(() => {
    if (shelf.get(keyOf(identity)) === entry) shelf.delete(keyOf(identity))
  })
  return entry
}

/** All that the outcome depends on, the environment included: it may change while the process runs. */
function keyOf({ profile, role, credentials, region, timeoutMs }: Identity): string {
  const env = credentials ? [] : Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'))
  return JSON.stringify([profile, role, role && region, timeoutMs, env])
}

async function withinTime(identity: Identity, number: number): Promise<Resolution> {
  const { timeoutMs } = identity
  const tried: string[] = []
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `AWS credentials did not resolve within ${timeoutMs} ms (timeoutMs).${list(tried)}`
      reject(new RdsIamError('ERR_RDS_IAM_CREDENTIALS_TIMEOUT', message))
    }, timeoutMs)
  })
  try {
    const credentials = await Promise.race([
      providerOf(identity, tried).then((provide) => provide()),
      timeout,
    ])
    if (!credentials?.accessKeyId || !credentials.secretAccessKey) throw new TypeError('they hold no key')
    return {
      number,
      credentials,
      resolvedAt: Date.now(),
      endAt: endOf(credentials),
      source: tried.at(-1),
    }
  } catch (cause) {
    if (cause instanceof RdsIamError) throw cause
    const { message: said, $metadata }: { message?: unknown; $metadata?: { httpStatusCode?: number } } =
      Object(cause)
    // What is not in AWS's own form, the SDK calls no more than this: it is of something between.
    const reason =
      $metadata && /^Unknown(Error)?$/.test(String(said))
        ? `HTTP status ${$metadata.httpStatusCode}`
        : reasonOf(cause)
    const what =
      identity.role && $metadata // it is STS's answer, or meant to be
        ? `The role ${identity.role.arn} could not be assumed`
        : 'No AWS credentials could be resolved'
    const message = `${what}: ${reason.replace(/[.\s]*$/, '')}.${list(tried)}`
    throw new RdsIamError('ERR_RDS_IAM_CREDENTIALS', message, { cause })
  } finally {
    clearTimeout(timer)
  }
}

function list(tried: readonly string[]): string {
  return tried.length === 0
    ? ''
    : `\nSources tried, in this order:\n${tried.map((line) => `  - ${line}`).join('\n')}`
}

/** A new provider each time: a provider remembers what it has found. */
async function providerOf(identity: Identity, tried: string[]): Promise<Provider> {
  const { profile, role, credentials, region, timeoutMs } = identity
  const given: Provider | undefined =
    typeof credentials === 'function' ? () => credentials() : credentials && (async () => credentials)
  if (given && !role) return given
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  const logger = sourceLogger(tried)
  const requestHandler = { requestTimeout: timeoutMs, connectionTimeout: timeoutMs }
  const chain: Provider =
    given ??
    fromNodeProviderChain({
      // The SDK keeps the shared config files' text for the life of the process; keys on disk do rotate.
      ignoreCache: true,
      logger,
      clientConfig: { requestHandler },
      ...(profile === undefined ? {} : { profile }),
    })
  if (!role) return chain
  return fromTemporaryCredentials({
    masterCredentials: chain,
    clientConfig: { region, requestHandler },
    params: {
      RoleArn: role.arn,
      RoleSessionName: role.sessionName ?? 'rds-iam',
      ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
    },
  })
}

const SOURCES: Readonly<Record<string, string>> = {
  fromEnv: 'environment variables',
  fromIni: 'shared config files',
  fromProcess: 'credential_process',
  fromTokenFile: 'web identity token',
  'fromHttp/fromContainerMetadata': 'container endpoint',
  fromInstanceMetadata: 'EC2 metadata service',
}

/**
 * Learns from the SDK's debug messages which sources it tries and why each has none: the error that its chain
 * throws in the end doesn't say. Should the messages change, the list gets shorter, and nothing else happens.
 */
function sourceLogger(
  tried: string[],
): { debug: (...words: unknown[]) => void } & Record<'info' | 'warn' | 'error', () => void> {
  const ignore = (): void => {}
  return {
    debug: (...words) => {
      const line = words.join(' ')
      const source = SOURCES[line.split('::')[1] ?? '']
      // '@smithy/property-provider -> Unable to find environment variable credentials.'
      const reason = /^@smithy\/property-provider\s*(?:->|\(!\))\s*(.+)$/.exec(line)?.[1]
      if (source !== undefined) tried.push(source)
      else if (
        reason !== undefined &&
        !/ next\.$/.test(reason) &&
        tried.length > 0 &&
        !tried.at(-1)?.includes(': ')
      ) {
        tried.push(`${tried.pop()}: ${reason}`)
      }
    },
    info: ignore,
    warn: ignore,
    error: ignore,
  }
}

/**
 * The SDK may write a later end into credentials that the EC2 metadata service serves past theirs ("static
 * stability"), and keeps the true one as `originalExpiration`. RDS goes by the true one.
 */
function endOf(credentials: AwsCredentials & { originalExpiration?: Date }): number | undefined {
  const end = (credentials.originalExpiration ?? credentials.expiration)?.getTime()
  return end !== undefined && Number.isFinite(end) ? end : undefined
}

function isAlive({ endAt = Number.POSITIVE_INFINITY }: Resolution, now: number): boolean {
  return endAt - now >= MIN_LIFE_MS
}

function ended({ endAt = 0 }: Resolution, identity: Identity, now: number): RdsIamError {
  const who =
    identity.role?.arn ??
    (identity.profile === undefined ? 'the default chain' : `profile ${identity.profile}`)
  const state =
    endAt <= now
      ? 'have expired'
      : `have ${Math.floor((endAt - now) / 1000)} s left, less than the 60 s that a login needs`
  return new RdsIamError(
    'ERR_RDS_IAM_CREDENTIALS_EXPIRED',
    `The AWS credentials from ${identity.credentials ? 'the credentials option' : who} ${state}: they end at ` +
      `${new Date(endAt).toISOString()}, and now it is ${new Date(now).toISOString()}. Renew them, or check this machine's clock.`,
  )
}

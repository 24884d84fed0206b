// Resolves AWS credentials anew for each signing, shares them for seconds, and always sets a time limit.
import { type CredentialSource, sourceInWords, type TriedSource } from '../credential-source.ts'
import { RdsIamError, type RdsIamErrorCode } from '../errors.ts'
import { reasonOf } from '../foreign-error.ts'
import { safeText } from '../safe-text.ts'
import type { AwsCredentials } from '../target/target.ts'
import { timeNow } from './clock.ts'
import { areAtHand, credentialsAtHand, providerOf } from './credential-provider.ts'
import type { Identity } from './identity.ts'

/** One resolution of credentials, which several endpoints may share. */
export interface Resolution {
  /** Counts up, process-wide, from 1. */
  readonly number: number
  readonly credentials: AwsCredentials
  /** When they were resolved, by this machine's clock, in milliseconds since the epoch. */
  readonly resolvedAt: number
  /** When the credentials expire, in milliseconds since the epoch; undefined if they don't. */
  readonly endAt: number | undefined
  /** The source in the SDK's chain; undefined if the user passed them, or if the SDK doesn't say. */
  readonly source?: CredentialSource | undefined
}

/** A resolution that is in progress or was just made. */
interface Entry {
  readonly number: number
  readonly startedAt: number
  readonly promise: Promise<Resolution>
}

/** How long credentials and tokens must remain valid to be used. */
export const MIN_LIFE_MS = 60_000
/** A clock that keeps jumping must not make callers wait forever. */
const MAX_ATTEMPTS = 3
/** 50 databases with one identity that are opened together ask STS only once. */
const SHARED_MS = 5_000

const entries = new Map<unknown, Map<string, Entry>>()
let started = 0

/** The number of the newest resolution. Later ones reflect everything that the caller knows now. */
export function newestResolution(): number {
  return started
}

/**
 * Resolves the identity's credentials. If something has to be asked for them, joins a resolution that began in the last
 * seconds and is newer than number `after`.
 *
 * @throws RdsIamError `ERR_RDS_IAM_CREDENTIALS`, `…_TIMEOUT` or `…_EXPIRED`
 */
export async function resolveCredentials(identity: Identity, after = 0): Promise<Resolution> {
  let newerThan = after
  for (let attempt = 1; ; attempt++) {
    const resolution = await (areAtHand(identity)
      ? resolve(identity, ++started)
      : shared(identity, newerThan))
    const now = timeNow()
    if (isAlive(resolution, now)) return resolution
    // They may have expired since they were resolved. A caller that joins late, or has slept, gets new ones.
    if (!isAlive(resolution, resolution.resolvedAt) || attempt === MAX_ATTEMPTS) {
      throw ended(resolution, identity, now)
    }
    newerThan = resolution.number
  }
}

function shared(identity: Identity, after: number): Promise<Resolution> {
  const key = keyOf(identity)
  return (joinable(identity, key, after) ?? start(identity, key)).promise
}

function joinable({ credentials }: Identity, key: string, after: number): Entry | undefined {
  const now = Date.now()
  for (const [source, shelf] of entries) {
    // A clock that jumped back makes an entry's age negative: stale as well.
    for (const [name, entry] of shelf) if (Math.abs(now - entry.startedAt) > SHARED_MS) shelf.delete(name)
    if (shelf.size === 0) entries.delete(source)
  }
  const entry = entries.get(credentials)?.get(key)
  return entry && entry.number > after ? entry : undefined
}

function start(identity: Identity, key: string): Entry {
  const number = ++started
  const entry = { number, startedAt: Date.now(), promise: resolve(identity, number) }
  const shelf = entries.get(identity.credentials) ?? new Map<string, Entry>()
  entries.set(identity.credentials, shelf.set(key, entry))
  // Callers that wait for it get the failure. The next call tries again.
  entry.promise.catch(() => {
    if (shelf.get(key) === entry) shelf.delete(key)
  })
  return entry
}

/** Everything the result depends on, including the environment, which may change while the process runs. */
function keyOf({ profile, role, credentials, region, timeoutMs }: Identity): string {
  const env = credentials ? [] : awsVariables().flatMap((name) => [name, process.env[name]])
  return JSON.stringify([profile, role, role && region, timeoutMs, env])
}

/** Six times as fast as `Object.entries`, which asks the system for the value of every variable. */
function awsVariables(): string[] {
  return Object.getOwnPropertyNames(process.env).filter((name) => name.startsWith('AWS_'))
}

async function resolve(identity: Identity, number: number): Promise<Resolution> {
  const tried: TriedSource[] = []
  try {
    const credentials = credentialsAtHand(identity, tried) ?? (await withinTime(identity, tried))
    return {
      number,
      credentials,
      resolvedAt: Date.now(),
      endAt: credentials.expiration?.getTime(),
      source: tried.at(-1)?.source,
    }
  } catch (cause) {
    if (cause instanceof RdsIamError) throw cause
    const { message: said, $metadata }: { message?: unknown; $metadata?: { httpStatusCode?: number } } =
      Object(cause)
    // The SDK's name for an answer that isn't in AWS's form: something else answered.
    const reason =
      $metadata && /^Unknown(Error)?$/.test(String(said))
        ? `HTTP status ${$metadata.httpStatusCode}`
        : /^Could not load credentials from any/.test(String(said))
          ? 'no source has any. Set AWS_PROFILE, or give the instance, task or function a role.'
          : reasonOf(cause)
    const what =
      identity.role && $metadata // it is STS's answer, or meant to be
        ? `The role ${identity.role.arn} could not be assumed`
        : 'No AWS credentials could be resolved'
    throw unresolved('ERR_RDS_IAM_CREDENTIALS', `${what}: ${asSentence(reason)}`, tried, { cause })
  }
}

async function withinTime(identity: Identity, tried: TriedSource[]): Promise<AwsCredentials> {
  const { timeoutMs } = identity
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const what = `AWS credentials did not resolve within ${timeoutMs} ms.`
      reject(unresolved('ERR_RDS_IAM_CREDENTIALS_TIMEOUT', what, tried))
    }, timeoutMs)
  })
  try {
    const provided = providerOf(identity, tried, over.signal).then((provide) => provide())
    return await Promise.race([provided, timeout])
  } finally {
    clearTimeout(timer)
    over.abort()
  }
}

/** The SDK ends some of its messages with a full stop. */
function asSentence(reason: string): string {
  return /[.…]$/.test(reason) ? reason : `${reason}.`
}

/** An error that lists the sources tried, as data and at the end of its message. */
function unresolved(
  code: RdsIamErrorCode,
  what: string,
  asked: readonly TriedSource[],
  more: { cause?: unknown } = {},
): RdsIamError {
  const tried = asked.map(({ source, reason }) => ({
    source,
    ...(reason === undefined ? {} : { reason: safeText(reason, 300) }),
  }))
  const lines = tried.map(
    ({ source, reason }) => `\n  - ${sourceInWords(source)}${reason === undefined ? '' : `: ${reason}`}`,
  )
  const list = lines.length === 0 ? '' : `\nSources tried, in this order:${lines.join('')}`
  return new RdsIamError(code, `${what}${list}`, { ...more, tried })
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

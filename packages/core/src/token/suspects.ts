// The keys of rejected logins, shared so that other token sources with the same key don't have to fail first.
import { newestResolution } from './credentials.ts'

interface Suspicion {
  /** Resolutions up to this number may have returned the key as it was when it was rejected. */
  readonly upTo: number
  /** In milliseconds since the epoch. */
  readonly at: number
}

const suspicions = new Map<string, Suspicion>()

/** An endpoint that rejects everything must not make all others sign again and again. */
const AT_MOST_EVERY_MS = 60_000
const MAX_KEYS = 1_000

/** A login with a token of this key was rejected: it may have been rotated, or its session revoked. */
export function suspect(accessKeyId: string): void {
  const now = Date.now()
  const last = suspicions.get(accessKeyId)
  if (last && Math.abs(now - last.at) < AT_MOST_EVERY_MS) return
  suspicions.delete(accessKeyId)
  suspicions.set(accessKeyId, { upTo: newestResolution(), at: now })
  const [oldest] = suspicions.keys()
  if (suspicions.size > MAX_KEYS && oldest !== undefined) suspicions.delete(oldest)
}

/** The key can be used again if a resolution after this number returns it; 0 if it was never in doubt. */
export function suspectedUpTo(accessKeyId: string): number {
  return suspicions.get(accessKeyId)?.upTo ?? 0
}

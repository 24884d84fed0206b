// Keys of rejected logins, so that all who hold a token of the same key need not find out for themselves.
import { newestResolution } from './credentials.ts'

interface Suspicion {
  /** Resolutions up to this number may have yielded the key as it was when it was rejected. */
  readonly upTo: number
  /** In milliseconds since the epoch. */
  readonly at: number
}

const suspicions = new Map<string, Suspicion>()

/** An endpoint that rejects whatever it is sent must not make all others sign anew all the time. */
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

/** The key is as good as any when a resolution after this number yields it; 0 if it never was in doubt. */
export function suspectedUpTo(accessKeyId: string): number {
  return suspicions.get(accessKeyId)?.upTo ?? 0
}

// Local servers for a test file, started before its tests and stopped after them.
import { type LocalRds, type LocalRdsOptions, startLocalRds, type Verdict } from '@rds-iam/local'
import { afterAll, beforeAll, vi } from 'vitest'
import { sharedServer } from './shared.ts'

/** A local RDS before the worker's server of this engine, once the tests run. */
export function useLocalRds(options: LocalRdsOptions): () => LocalRds {
  let rds: LocalRds | undefined
  beforeAll(async () => {
    rds = await startLocalRds({ upstream: (await sharedServer(options.engine)).upstream, ...options })
  })
  afterAll(() => rds?.stop())
  return () => {
    if (!rds) throw new Error('the local RDS runs while tests run only')
    return rds
  }
}

/** One of each engine. */
export function useServers(
  options: Omit<LocalRdsOptions, 'engine'> = {},
): Readonly<Record<'postgres' | 'mysql', () => LocalRds>> {
  return {
    postgres: useLocalRds({ engine: 'postgres', ...options }),
    mysql: useLocalRds({ engine: 'mysql', ...options }),
  }
}

/**
 * Sets the environment that a program needs to reach the server without arguments, until the test ends. To reach an
 * endpoint with another name, a test sets `via` or uses a name server.
 */
export function enter(rds: LocalRds): void {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_)/.test(name)) vi.stubEnv(name, undefined)
  }
  for (const [name, value] of Object.entries({ ...rds.env, RDS_IAM_VIA: '' })) vi.stubEnv(name, value)
}

/** The gate's verdicts while `act` ran, and the client's error if there was one. */
export async function verdictsOf<T>(rds: LocalRds, act: () => Promise<T>): Promise<Verdict[]> {
  const last = rds.verdicts.at(-1)
  await act()
  return rds.verdicts.slice(last ? rds.verdicts.lastIndexOf(last) + 1 : 0)
}

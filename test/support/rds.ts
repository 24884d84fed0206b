// Local servers for a test file: started before its tests, stopped after them.
import { type LocalRds, type LocalRdsOptions, startLocalRds, type Verdict } from '@rds-iam/local'
import { afterAll, beforeAll, vi } from 'vitest'

/** The engine's local RDS, once the tests run. */
export function useLocalRds(options: LocalRdsOptions): () => LocalRds {
  let rds: LocalRds | undefined
  beforeAll(async () => {
    rds = await startLocalRds(options)
  })
  afterAll(() => rds?.stop())
  return () => {
    if (!rds) throw new Error('the local RDS runs while tests run only')
    return rds
  }
}

/**
 * Sets the environment that a program needs to reach the server with no argument, until the test ends. How an endpoint
 * of another name is reached is what tests say themselves, by `via` or by a name server.
 */
export function enter(rds: LocalRds): void {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_)/.test(name)) vi.stubEnv(name, undefined)
  }
  for (const [name, value] of Object.entries({ ...rds.env, RDS_IAM_VIA: '' })) vi.stubEnv(name, value)
}

/** What the gate decided while `act` was under way, the client's error included if there was one. */
export async function verdictsOf<T>(rds: LocalRds, act: () => Promise<T>): Promise<Verdict[]> {
  const last = rds.verdicts.at(-1)
  await act()
  return rds.verdicts.slice(last ? rds.verdicts.lastIndexOf(last) + 1 : 0)
}

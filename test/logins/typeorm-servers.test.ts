// The servers of a TypeORM replication on MySQL, which share one set of options.
import type { LocalRds } from '@rds-iam/local'
import { type IamOptions, iamDataSourceOptions } from '@rds-iam/typeorm'
import { DataSource } from 'typeorm'
import { expect, it, vi } from 'vitest'
import { enter, useLocalRds, verdictsOf } from '../support/rds.ts'
import { KEY, USER } from '../support/writers.ts'

const trusted = useLocalRds({ engine: 'mysql', keys: [KEY] })
const untrusted = useLocalRds({ engine: 'mysql', keys: [KEY] })

it('verifies each server in its own way, and opens as many connections as its poolSize allows', async () => {
  enter(trusted())
  vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
  const server = ({ endpoint: { host, port } }: LocalRds, poolSize: number, iam: IamOptions = {}) => ({
    host,
    port,
    username: USER,
    poolSize,
    iam,
  })
  const unverified = server(untrusted(), 3, { dangerouslySkipServerVerification: true })
  const dataSource = new DataSource(
    iamDataSourceOptions({
      type: 'mysql',
      poolSize: 1,
      ssl: { ca: trusted().ca },
      iam: { credentials: KEY, region: 'us-east-1' },
      replication: { master: server(trusted(), 2), slaves: [unverified] },
    }),
  )
  const counts: unknown[] = []
  for (const [rds, mode] of [[trusted(), 'master'] as const, [untrusted(), 'slave'] as const]) {
    const verdicts = await verdictsOf(rds, async () => {
      if (!dataSource.isInitialized) await dataSource.initialize()
      const runners = Array.from({ length: 6 }, () => dataSource.createQueryRunner(mode))
      await Promise.all(runners.map((runner) => runner.query('SELECT 1').finally(() => runner.release())))
    })
    counts.push(verdicts.filter(({ admitted }) => admitted).length)
  }
  await dataSource.destroy()
  expect(counts).toEqual([2, 3])
})

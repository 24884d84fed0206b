// TypeORM with a master and slaves. Each has its own host, port and address to connect to.
import type { LocalRds } from '@rds-iam/local'
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import { DataSource } from 'typeorm'
import { describe, expect, it, vi } from 'vitest'
import { enter, useLocalRds } from '../support/rds.ts'

const region = 'us-east-1'
const names = ['orders', 'orders-replica-1', 'orders-replica-2']
const key = { accessKeyId: 'AKIAKNOWNTOTHEGATES1', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
const start = (engine: 'postgres' | 'mysql') =>
  names.map((name, index) =>
    useLocalRds({
      engine,
      region,
      keys: [key],
      endpoint: { host: `${name}.c9akciq32rgh.us-east-1.rds.amazonaws.com`, port: 6001 + index },
    }),
  )
const servers = { postgres: start('postgres'), mysql: start('mysql') }

function optionsOf({ endpoint, port }: LocalRds) {
  return { ...endpoint, username: 'iam_user', database: 'app', iam: { via: `127.0.0.1:${port}` } }
}

describe.each(['postgres', 'mysql'] as const)('on %s', (type) => {
  const all = (): [LocalRds, ...LocalRds[]] => {
    const [master, ...slaves] = servers[type].map((server) => server())
    if (!master) throw new Error('there are three')
    return [master, ...slaves]
  }

  it('logs in to each with its own token, and resolves no credentials before it connects', async () => {
    const [master, ...slaves] = all()
    enter(master)
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const credentials = vi.fn(async () => key)
    const options = iamDataSourceOptions({
      type,
      iam: { credentials },
      ssl: { ca: all().map(({ ca }) => ca) },
      replication: { master: optionsOf(master), slaves: slaves.map(optionsOf) },
    })
    await new Promise(setImmediate)
    expect(credentials).not.toHaveBeenCalled()

    const dataSource = await new DataSource(options).initialize()
    const admitted = (rds: LocalRds) => rds.verdicts.some((verdict) => verdict.admitted)
    // TypeORM or mysql2 chooses the slave for a query.
    while (!all().every(admitted)) {
      for (const mode of ['master', 'slave'] as const) {
        const runner = dataSource.createQueryRunner(mode)
        await runner.query('SELECT 1').finally(() => runner.release())
      }
    }
    await dataSource.destroy()
    for (const { verdicts } of all()) {
      expect(verdicts.filter((verdict) => !verdict.admitted && verdict.keyId !== undefined)).toEqual([])
    }
  })

  it("refuses a parameter in one server's URL that applies to all", () => {
    const [master, slave] = all()
    enter(master)
    const parameter = type === 'postgres' ? 'statement_timeout=9' : 'timezone=Z'
    const url = `${type}://iam_user@${slave?.endpoint.host}:6002/app?${parameter}`
    const [name] = parameter.split('=')
    expect(() =>
      iamDataSourceOptions({ type, replication: { master: optionsOf(master), slaves: [{ url }] } }),
    ).toThrow(`replication.slaves[0].url: parameter ${name} would apply to all servers; write it in extra`)
  })
})

it("names each server's connections as in its URL, on postgres", () => {
  const host = (index: number): string => `db${index}.c9akciq32rgh.us-east-1.rds.amazonaws.com`
  const url = (index: number): string => `postgres://u@${host(index)}/app?application_name=app-${index}`
  const { replication, extra } = iamDataSourceOptions({
    type: 'postgres',
    replication: { master: { url: url(1) }, slaves: [{ url: url(2) }] },
  })
  expect(replication).toMatchObject({
    master: { applicationName: 'app-1' },
    slaves: [{ applicationName: 'app-2' }],
  })
  expect(extra).not.toHaveProperty('application_name') // it would override both
})

it('lets applicationName override the URL, and extra override both', () => {
  const url = 'postgres://u@db.c9akciq32rgh.us-east-1.rds.amazonaws.com/app?application_name=url'
  const own = iamDataSourceOptions({ type: 'postgres', url, applicationName: 'option' })
  expect(own).toMatchObject({ applicationName: 'option' })
  expect(own.extra).not.toHaveProperty('application_name')
  const laid = iamDataSourceOptions({ type: 'postgres', url, extra: { application_name: 'extra' } })
  expect(laid.extra).toMatchObject({ application_name: 'extra' })
})

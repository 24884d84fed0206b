import { X509Certificate } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { readSettings } from '../../src/connect/settings.ts'
import { iamMysql2Config } from '../../src/drivers/mysql2.ts'
import { iamPgConfig } from '../../src/drivers/pg.ts'
import { createTokenSource, engineOf, inspectTarget } from '../../src/index.ts'
import { problemsOf } from '../support/problems.ts'

const host = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.us-east-1.on.aws'
const VPC_ENDPOINT = 'vpce-04037adb76c111221-d849uc2p.dsql-fnh4.us-east-1.vpce.amazonaws.com'

const endpoint = {
  engine: 'postgres',
  host,
  port: 5432,
  user: 'admin',
  database: 'postgres',
  region: 'us-east-1',
  kind: 'dsql',
  via: undefined,
}

describe('a cluster of Aurora DSQL', () => {
  it('needs only host and user', () => {
    expect(createTokenSource({ host: `${host.toUpperCase()}.`, user: 'admin' }).endpoint).toEqual(endpoint)
    expect(engineOf({ host })).toBe('postgres')
    expect(inspectTarget({ host, user: 'admin' })).toMatchObject({
      problems: [],
      origins: { engine: { from: 'host' }, port: { from: 'default' }, database: { from: 'default' } },
    })
  })

  it('may be named by a URL, or by the environment', () => {
    expect(createTokenSource({ url: `postgres://admin@${host}` }).endpoint).toEqual(endpoint)
    vi.stubEnv('PGHOST', host)
    vi.stubEnv('PGUSER', 'admin')
    expect(createTokenSource().endpoint).toEqual(endpoint)
  })

  it('uses the database in the target', () => {
    expect(iamPgConfig({ host, user: 'admin', database: 'other' })).toMatchObject({ database: 'other' })
    expect(iamPgConfig({ host, user: 'admin' })).toMatchObject({ host, port: 5432, database: 'postgres' })
  })

  it('is verified with the Amazon roots, and no RDS root', () => {
    const names = (target: object): string[] =>
      readSettings({ user: 'admin', ...target }).trust.ca.map((pem) => new X509Certificate(pem).subject)
    const rds = `db.c9akciq32rgh.us-east-1.rds.amazonaws.com`
    expect(names({ host, engine: 'postgres' }).join()).toMatch(/CN=Amazon Root CA 1\b/)
    expect(names({ host }).filter((name) => name.includes('Amazon RDS'))).toEqual([])
    expect(names({ host: rds, engine: 'postgres' }).join()).toContain('Amazon RDS us-east-1')
    expect(inspectTarget({ host, user: 'admin' }).roots.map(({ pem }) => pem)).toEqual(
      readSettings({ host, user: 'admin' }).trust.ca,
    )
  })

  it('works in a region without bundled RDS roots', () => {
    const elsewhere = host.replace('us-east-1', 'xx-nowhere-9')
    expect(problemsOf(() => iamPgConfig({ host: elsewhere, user: 'admin' }))).toEqual({})
  })
})

describe('options that no Aurora DSQL cluster supports cause one clear error', () => {
  const mysql = `is mysql, but "${host}" is a cluster of Aurora DSQL, which speaks PostgreSQL; write engine: 'postgres', and use PostgreSQL's driver`
  const port =
    '15432 is not the port of Aurora DSQL, which is always 5432; leave it out; if a tunnel listens there, write its address as via'
  const target = { host, user: 'admin' }

  it.each<[string, () => unknown, Record<string, string>]>([
    ['MySQL', () => createTokenSource({ ...target, engine: 'mysql' }), { engine: mysql }],
    ['a MySQL driver', () => iamMysql2Config(target), { engine: mysql }],
    [
      'a MySQL URL',
      () => createTokenSource({ url: `mysql://admin@${host}` }),
      { 'engine (from the URL)': mysql },
    ],
    ['another port', () => iamPgConfig({ ...target, port: 15432 }), { port }],
    [
      'another port in the URL',
      () => iamPgConfig({ url: `postgres://admin@${host}:15432` }),
      { 'port (from the URL)': port },
    ],
    [
      "MySQL's port",
      () => createTokenSource({ ...target, port: 3306 }),
      { port: port.replace('15432', '3306') },
    ],
    [
      'another region',
      () => iamPgConfig({ ...target, region: 'eu-west-1' }),
      {
        region: `"eu-west-1" is not the region in the host name; leave it out, or write region: 'us-east-1'`,
      },
    ],
    [
      'the name of a VPC endpoint',
      () => iamPgConfig({ ...target, host: VPC_ENDPOINT, region: 'us-east-1' }),
      {
        host: `"${VPC_ENDPOINT}" is the name of a VPC endpoint, not of a cluster of Aurora DSQL; write host: 'ID.dsql-fnh4.us-east-1.on.aws' with the cluster's id, and via: '${VPC_ENDPOINT}'`,
      },
    ],
  ])('%s', (_what, build, problems) => {
    expect(problemsOf(build)).toEqual(problems)
  })

  it('but not the port of a tunnel', () => {
    const name = host.replace('dsql', 'dsql-fnh4')
    const through = (via: string) => createTokenSource({ host: name, user: 'admin', via }).endpoint
    expect(through('localhost:15432')).toMatchObject({ host: name, port: 5432 })
    expect(through(VPC_ENDPOINT).via).toEqual({ host: VPC_ENDPOINT, port: 5432 })
  })
})

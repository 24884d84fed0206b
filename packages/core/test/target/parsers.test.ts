import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { iamMariaDbConfig } from '../../src/drivers/mariadb.ts'
import { iamMysql2Config } from '../../src/drivers/mysql2.ts'
import { iamPgConfig } from '../../src/drivers/pg.ts'
import { createTokenSource, type IamTarget, RdsIamError } from '../../src/index.ts'
import { parseRdsHost } from '../../src/target/rds-host.ts'
import { printUrl } from '../../src/target/url.ts'

const RDS = 'orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com'

const builders = [iamPgConfig, iamMysql2Config, iamMariaDbConfig, createTokenSource]

/** Runs every parser of a target. Returns whatever it throws that isn't an RdsIamError. */
async function strangeErrors(target: unknown): Promise<unknown[]> {
  const untyped = target as IamTarget // as an untyped caller may pass it
  const attempts = builders.map((build) => async () => build(untyped))
  const thrown = await Promise.allSettled(attempts.map(async (attempt) => attempt()))
  return thrown.flatMap((result) =>
    result.status === 'rejected' && !(result.reason instanceof RdsIamError) ? [result.reason] : [],
  )
}

describe('a formatted URL parses to the original', () => {
  const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9_-]{0,10}[a-z0-9_])?$/)
  const host = fc.oneof(
    fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.')),
    fc.ipV4(),
    fc.ipV6(),
    fc.constant(RDS),
  )
  const name = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\0'))
  const content = fc.record({
    engine: fc.constantFrom('postgres' as const, 'mysql' as const),
    host,
    port: fc.integer({ min: 1, max: 65_535 }),
    user: name,
    database: fc.option(name, { nil: undefined }),
    params: fc.constant([]),
  })

  it('as endpoint', () => {
    fc.assert(
      fc.property(content, ({ params, ...parts }) => {
        const region = parts.host === RDS ? {} : { region: 'eu-central-1' }
        const url = printUrl({ ...parts, params })
        const { database, ...fields } = parts
        const written = { ...fields, ...(database === undefined ? {} : { database }), ...region }
        expect(createTokenSource({ url, ...region }).endpoint).toEqual(createTokenSource(written).endpoint)
      }),
      { numRuns: 300 },
    )
  })

  it('as parameters', () => {
    fc.assert(
      fc.property(name, name, (value, other) => {
        const params = Object.entries({ application_name: value, options: other })
        const parts = { engine: 'postgres', host: RDS, port: 5432, user: 'u', database: 'd', params } as const
        expect(iamPgConfig({ url: printUrl(parts) })).toMatchObject(Object.fromEntries(params))
      }),
      { numRuns: 300 },
    )
  })
})

describe('no input throws anything but an RdsIamError', () => {
  const text = fc.string({ unit: 'binary' })

  it.each(['url', 'host', 'via', 'region', 'user'])('text as %s', async (option) => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(await strangeErrors({ engine: 'postgres', host: RDS, user: 'u', [option]: value })).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('what looks like a URL', async () => {
    const pieces = fc.constantFrom(
      ...'://?#@[]%&=+\\.'.split(''),
      'postgres://',
      RDS,
      '%zz',
      '::1',
      'host=',
      '5432',
    )
    const urlish = fc.array(fc.oneof(pieces, text), { maxLength: 12 }).map((found) => found.join(''))
    await fc.assert(
      fc.asyncProperty(urlish, async (url) => {
        expect(await strangeErrors({ url: `postgres://u@${RDS}/d${url}` })).toEqual([])
        expect(await strangeErrors({ url, region: 'eu-central-1' })).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('anything as any option', async () => {
    const names = [
      ...['url', 'engine', 'host', 'port', 'user', 'database', 'region', 'profile', 'role', 'credentials'],
      ...['timeoutMs', 'via', 'cname', 'writer', 'ssl', 'dangerouslySkipServerVerification'],
      ...['password', 'stream'],
    ]
    const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, withMap: true })
    const target = fc.dictionary(fc.constantFrom(...names), anything, { maxKeys: 5 })
    await fc.assert(
      fc.asyncProperty(target, async (options) => {
        expect(await strangeErrors({ host: RDS, port: 5432, user: 'u', ...options })).toEqual([])
        expect(await strangeErrors(options)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('anything as the environment', async () => {
    const names = ['DATABASE_URL', 'PGHOST', 'PGPORT', 'PGUSER', 'PGSSLMODE', 'RDS_IAM_VIA', 'AWS_REGION']
    const value = fc.string({ unit: 'binary' }).map((found) => found.replaceAll('\0', ''))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), value), async (env) => {
        for (const [variable, found] of Object.entries(env)) vi.stubEnv(variable, found.toWellFormed())
        expect(await strangeErrors({})).toEqual([])
        vi.unstubAllEnvs()
      }),
      { numRuns: 300 },
    )
  })
})

// Anything worse than linear would take minutes at this length and exceed the test's timeout.
describe('a long input is parsed in linear time', () => {
  const LENGTH = 200_000
  const units = [
    'a',
    '.',
    'a.',
    '-',
    ':',
    '[',
    ']',
    '@',
    '%',
    '%41',
    '/',
    '?',
    '&',
    '=',
    ' ',
    '\\',
    '\n',
    'a-',
    '::',
  ]

  it.each(units)('of %j', async (unit) => {
    const long = unit.repeat(LENGTH / unit.length)
    parseRdsHost(long)
    parseRdsHost(`${long}.eu-central-1.rds.amazonaws.com`)
    for (const target of [
      { url: long },
      { url: `postgres://${long}` },
      { url: `postgres://u:${long}@${RDS}/d` },
      { url: `postgres://u@${RDS}/${long}` },
      { url: `postgres://u@${RDS}/d?${long}` },
      { host: long },
      { via: long },
      { region: long },
      { role: long },
      { ssl: { ca: long } },
    ]) {
      const whole = 'url' in target ? target : { engine: 'postgres', host: RDS, user: 'u', ...target }
      expect(await strangeErrors(whole)).toEqual([])
    }
  })
})

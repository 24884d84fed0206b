import { afterEach, describe, expect, it } from 'vitest'
import { explainRejection } from '../../src/connect/login.ts'
import { iamMariaDbConfig } from '../../src/drivers/mariadb.ts'
import { iamMysql2Config } from '../../src/drivers/mysql2.ts'
import { iamPgConfig } from '../../src/drivers/pg.ts'
import { createTokenSource, engineOf, type IamTarget, inspectTarget, ownOptions } from '../../src/index.ts'

const host = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const good: IamTarget = { host, user: 'jane_doe' }
const bindings = { pg: iamPgConfig, mysql2: iamMysql2Config, mariadb: iamMariaDbConfig }

const polluted: string[] = []
function pollute(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
    polluted.push(name)
  }
}
afterEach(() => {
  for (const name of polluted.splice(0)) Reflect.deleteProperty(Object.prototype, name)
})

/** All values are wrong, so that reading one causes an error. */
const WRONG: { readonly [name in keyof Required<IamTarget>]: unknown } = {
  url: 'nothing',
  engine: 'oracle',
  host: 'a b',
  port: -1,
  user: 5,
  database: 5,
  region: 'nowhere',
  profile: 5,
  role: 'nobody',
  credentials: 5,
  timeoutMs: -1,
  via: 'a b',
  cname: 5,
  writer: 5,
  ssl: 5,
  dangerouslySkipServerVerification: 5,
}

describe('a property of Object.prototype is not an option', () => {
  it.each(Object.entries(bindings))('for %s', (_, bind) => {
    const expected = JSON.stringify(bind(good))
    pollute({ ...WRONG, password: 'x', connectionString: 'x', stream: 'x', authSwitchHandler: () => {} })
    expect(JSON.stringify(bind(good))).toBe(expected)
  })

  it('for a token source, an inspection, or engineOf()', () => {
    pollute(WRONG)
    const { problems, parts } = inspectTarget({ ...good, port: 5432 })
    expect(problems).toEqual([])
    expect(parts).not.toHaveProperty('via')
    expect(createTokenSource({ ...good, port: 5432 }).endpoint).toMatchObject({ host, via: undefined })
    expect(engineOf({ host })).toBeUndefined()
  })

  it('inside an option', () => {
    pollute({ arn: 5, externalId: 5, sessionName: 5, ca: 5, rejectUnauthorized: 5, expiration: 5 })
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
    expect(() => iamPgConfig({ ...good, credentials, ssl: {} })).not.toThrow()
    expect(() => iamPgConfig({ ...good, role: { arn: 'arn:aws:iam::123456789012:role/db' } })).not.toThrow()
    pollute({ port: 1 })
    expect(createTokenSource({ ...good, engine: 'mysql', via: { host: 'tunnel' } }).endpoint.via).toEqual({
      host: 'tunnel',
      port: 3306,
    })
  })

  it('nor a field of resolved credentials, though a class of the user may have getters', async () => {
    pollute({ sessionToken: 'a-token-of-nobody', expiration: 5, originalExpiration: new Date(0) })
    const credentials = async () => ({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' })
    const token = await createTokenSource({ ...good, port: 5432, credentials }).get()
    expect(token).not.toContain('X-Amz-Security-Token')
    class Session {
      readonly accessKeyId = 'ASIAIOSFODNN7EXAMPLE'
      readonly secretAccessKey = 'secret'
      readonly expiration = undefined
      readonly originalExpiration = undefined
      get sessionToken(): string {
        return 'a-token-of-mine'
      }
    }
    const own = createTokenSource({ ...good, port: 5432, credentials: async () => new Session() })
    expect(await own.get()).toContain('a-token-of-mine')
  })

  it('nor a part of a URL, of a problem, or of a rejected login', () => {
    pollute({ params: 5, from: 5, file: 'x', path: '/evil', iam: 5 })
    expect(() => createTokenSource({ host: '', port: 5432, user: 'u' })).toThrow('host: is missing')
    const source = createTokenSource({ ...good, port: 5432, via: 'localhost:1' })
    const error = Object.assign(new Error('PAM authentication failed'), { code: '28000' })
    explainRejection(error, '', source)
    expect(error.message).toMatch(/--via localhost:1$/)
  })

  it('nor an environment variable', () => {
    pollute({ DATABASE_URL: 'x', PGPORT: 'x', PGSSLMODE: 'disable', RDS_IAM_VIA: 'a b', AWS_REGION: 'x' })
    expect(iamPgConfig(good)).toMatchObject({ host, port: 5432 })
  })
})

it.each(Object.entries(bindings))('an option of %s that is undefined is absent', (_, bind) => {
  const all = Object.fromEntries(Object.keys(WRONG).map((name) => [name, undefined]))
  const drivers = {
    connectTimeout: undefined,
    connectionTimeoutMillis: undefined,
    stream: undefined,
    max: undefined,
  }
  const config = bind({ ...all, ...drivers, ...good })
  expect(Object.keys(config).sort()).toEqual(Object.keys(bind(good)).sort())
  expect(Object.values(config)).not.toContain(undefined)
  const nested = {
    ssl: { ca: undefined, rejectUnauthorized: undefined },
    via: { host: 'tunnel', port: undefined },
  }
  const role = { arn: 'arn:aws:iam::123456789012:role/db', externalId: undefined, sessionName: undefined }
  expect(() => bind({ ...good, ...nested, role })).not.toThrow()
})

it('an option is read once, whatever its getter returns later', () => {
  let reads = 0
  const target = {
    host,
    get user() {
      reads++
      return `reader_${reads}`
    },
  }
  expect(iamPgConfig(target).user).toBe('reader_1')
  expect(ownOptions({ a: undefined, b: null, c: 0 })).toEqual({ b: null, c: 0 })
})

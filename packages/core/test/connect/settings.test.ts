import { writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { iamMariaDbConfig } from '../../src/drivers/mariadb.ts'
import { iamMysql2Config } from '../../src/drivers/mysql2.ts'
import { iamPgConfig } from '../../src/drivers/pg.ts'
import { createTokenSource, engineOf, type IamTarget, RdsIamError } from '../../src/index.ts'
import { problemsOf } from '../support/problems.ts'

const host = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const good = { engine: 'postgres', host, user: 'jane_doe' } as const
const bindings = { pg: iamPgConfig, mysql2: iamMysql2Config, mariadb: iamMariaDbConfig }

let folder: string
beforeEach(() => {
  folder = newFolder()
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
})

/** Options as untyped JavaScript may pass them. */
function untyped(target: object): IamTarget {
  return target as IamTarget
}

describe('a target', () => {
  it('needs only host and user: port, region and engine follow', () => {
    expect(createTokenSource({ host, user: 'jane_doe', port: 3306 }).endpoint).toEqual({
      engine: 'mysql',
      host,
      port: 3306,
      user: 'jane_doe',
      database: undefined,
      region: 'eu-central-1',
      kind: 'instance',
      via: undefined,
    })
    expect(iamPgConfig(good)).toMatchObject({ host, port: 5432, user: 'jane_doe' })
    expect(iamMysql2Config({ host, user: 'jane_doe' })).toMatchObject({ host, port: 3306 })
  })

  it('is read from a URL, and options override its fields', () => {
    const url = `postgres://jane%40corp:@${host}:6543/or%C3%A4nge`
    expect(createTokenSource({ url }).endpoint).toMatchObject({
      engine: 'postgres',
      port: 6543,
      user: 'jane@corp',
      database: 'oränge',
    })
    expect(
      createTokenSource({ url: new URL(url), port: 1, user: 'u', database: 'd' }).endpoint,
    ).toMatchObject({
      port: 1,
      user: 'u',
      database: 'd',
    })
  })

  it('takes the address from the query, as libpq does', () => {
    const url = `postgres:///app?host=${host}&port=6543&user=jane_doe`
    expect(createTokenSource({ url }).endpoint).toMatchObject({
      host,
      port: 6543,
      user: 'jane_doe',
      database: 'app',
    })
  })

  it('is read from DATABASE_URL if host and URL are missing', () => {
    vi.stubEnv('DATABASE_URL', `mysql://jane_doe@${host}/app`)
    vi.stubEnv('PGHOST', 'elsewhere')
    expect(createTokenSource().endpoint).toMatchObject({ engine: 'mysql', host, port: 3306, database: 'app' })
    expect(createTokenSource({ user: 'other' }).endpoint).toMatchObject({ host, user: 'other' })
    expect(
      createTokenSource({ host: 'db.abc.us-east-1.rds.amazonaws.com', port: 5432, user: 'u' }).endpoint,
    ).toMatchObject({
      engine: 'postgres',
      database: undefined,
    })
  })

  it("is read from the engine's own variables if DATABASE_URL is missing", () => {
    for (const [name, value] of Object.entries({
      PGHOST: host,
      PGPORT: '6543',
      PGUSER: 'jane',
      PGDATABASE: 'app',
    })) {
      vi.stubEnv(name, value)
    }
    expect(createTokenSource().endpoint).toMatchObject({
      engine: 'postgres',
      host,
      port: 6543,
      user: 'jane',
      database: 'app',
    })
    expect(problemsOf(() => iamMysql2Config())).toHaveProperty('host')
    vi.stubEnv('PGHOST', '')
    for (const [name, value] of Object.entries({
      MYSQL_HOST: host,
      MYSQL_TCP_PORT: '3307',
      MYSQL_USER: 'jane',
    })) {
      vi.stubEnv(name, value)
    }
    expect(createTokenSource().endpoint).toMatchObject({ engine: 'mysql', host, port: 3307, user: 'jane' })
  })

  it('is signed for the same host name, however it is written', () => {
    const typed = 'DB.C9AKCIQ32RGH.eu-central-1.RDS.amazonaws.com.'
    expect(createTokenSource({ ...good, host: typed }).endpoint.host).toBe(host)
  })

  it.each([
    ['localhost:15432', { host: 'localhost', port: 15432 }],
    ['localhost', { host: 'localhost', port: 5432 }],
    ['[::1]:15432', { host: '::1', port: 15432 }],
    ['::1', { host: '::1', port: 5432 }],
    ['/run/tunnel.sock', { path: '/run/tunnel.sock' }],
    [{ host: '127.0.0.1' }, { host: '127.0.0.1', port: 5432 }],
    [
      { host: '127.0.0.1', port: 1 },
      { host: '127.0.0.1', port: 1 },
    ],
  ])('is reached via %j', (via, address) => {
    expect(createTokenSource({ ...good, via }).endpoint.via).toEqual(address)
  })

  it('is reached via RDS_IAM_VIA if it is set', () => {
    vi.stubEnv('RDS_IAM_VIA', 'localhost:15432')
    expect(createTokenSource(good).endpoint.via).toEqual({ host: 'localhost', port: 15432 })
  })
})

describe('the engine', () => {
  it.each([
    [{ engine: 'mysql', port: 5432 }, 'mysql'],
    [{ url: 'mariadb://u@h/d' }, 'mysql'],
    [{ url: 'postgresql://u@h:3306/d' }, 'postgres'],
    [{ host, port: 5432 }, 'postgres'],
    [{ host, port: 3306 }, 'mysql'],
    [{ host }, undefined],
    [{}, undefined],
  ] as [IamTarget, string | undefined][])('of %j is %s', (target, engine) => {
    expect(engineOf(target)).toBe(engine)
  })
})

describe('the region, if the host name does not contain it', () => {
  const target = { ...good, host: 'localhost' }

  it('comes from the option, AWS_REGION, AWS_DEFAULT_REGION or the profile, in this order', () => {
    writeFileSync(
      join(folder, 'config'),
      '[default]\nregion = eu-west-1\n[profile prod]\ns3 =\n  region = no\nregion=eu-west-2 # London\n',
    )
    expect(createTokenSource(target).endpoint.region).toBe('eu-west-1')
    expect(createTokenSource({ ...target, profile: 'prod' }).endpoint.region).toBe('eu-west-2')
    vi.stubEnv('AWS_PROFILE', 'prod')
    expect(createTokenSource(target).endpoint.region).toBe('eu-west-2')
    vi.stubEnv('AWS_DEFAULT_REGION', 'eu-west-3')
    expect(createTokenSource(target).endpoint.region).toBe('eu-west-3')
    vi.stubEnv('AWS_REGION', 'us-west-1')
    expect(createTokenSource(target).endpoint.region).toBe('us-west-1')
    expect(createTokenSource({ ...target, region: 'us-west-2' }).endpoint.region).toBe('us-west-2')
  })

  it("comes from the credentials file before the config file, as in AWS's SDKs", () => {
    writeFileSync(join(folder, 'config'), '[default]\nregion = eu-west-1\n')
    writeFileSync(join(folder, 'credentials'), '[default]\nregion = eu-west-2\n')
    expect(createTokenSource(target).endpoint.region).toBe('eu-west-2')
  })
})

describe('wrong options cause one error when the config is created', () => {
  it('names every problem at once', () => {
    expect(problemsOf(() => iamPgConfig(untyped({ port: 70_000, ssl: false, password: 'hunter2' })))).toEqual(
      {
        host: expect.stringContaining('is missing; write the RDS endpoint'),
        port: '70000 is not a port; write a whole number from 1 to 65535',
        user: expect.stringContaining('is missing'),
        ssl: expect.stringContaining('switches TLS off'),
        password: expect.stringContaining('remove it'),
      },
    )
  })

  it.each(Object.entries(bindings))('%s: no host, no user', (_name, bind) => {
    expect(Object.keys(problemsOf(() => bind()))).toEqual(['host', 'user'])
  })

  it('no region', () => {
    expect(problemsOf(() => iamPgConfig({ host: 'localhost', user: 'u' }))).toEqual({
      region: 'is missing, and "localhost" does not contain one; write region, or set AWS_REGION',
    })
  })

  it.each<[object, string, string]>([
    [{ engine: 'oracle' }, 'engine', '"oracle" is not an engine'],
    [{ engine: undefined, port: 6543 }, 'engine', 'neither a URL nor a port implies it'],
    [{ port: 'fivefour' }, 'port', '"fivefour" is not a port'],
    [{ host: `${host}:5432` }, 'host', 'write the part after the colon as port'],
    [{ host: `postgres://${host}`, region: 'eu-west-1' }, 'host', 'is not a host name'],
    [{ host: 'db:main', region: 'eu-west-1' }, 'host', '"db:main" is not a host name; write '],
    [{ host: 7, region: 'eu-west-1' }, 'host', '7 is not a host name'],
    [{ host: 'db.abc.il-central-1.rds.amazonaws.com' }, 'ssl.ca', '/il-central-1/il-central-1-bundle.pem'],
    [{ host: 'localhost', region: 'Frankfurt' }, 'region', '"Frankfurt" is not a region'],
    [{ region: 'us-east-1' }, 'region', "write region: 'eu-central-1'"],
    [{ user: 7 }, 'user', '7 is not a name'],
    [{ profile: 7 }, 'profile', '7 is not the name'],
    [{ profile: 'p', credentials: async () => ({}) }, 'profile', 'leave out one'],
    [{ role: 'admin' }, 'role', '"admin" is not the ARN'],
    [{ timeoutMs: 0 }, 'timeoutMs', '0 is not a time'],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, 'timeoutMs', 'Infinity is not a time'],
    [{ timeoutMs: () => 7 }, 'timeoutMs', 'a function is not a time'],
    [{ ssl: { ca: '/etc/ca.pem' } }, 'ssl.ca', "readFileSync('ca.pem')"],
    [{ ssl: { servername: 'x' } }, 'ssl.servername', 'is not an option'],
    [{ ssl: { rejectUnauthorized: false } }, 'ssl.rejectUnauthorized', 'ssl.ca'],
  ])('%o', (options, option, message) => {
    const problems = problemsOf(() => createTokenSource(untyped({ ...good, ...options })))
    expect(problems).toEqual({ [option]: expect.stringContaining(message) })
  })

  it.each([
    ['db.example', '"db.example" is not a URL'],
    // The URL of a proxy, and nothing that is in it.
    [
      'postgres://u:local@127.0.0.1:5433/d?sslmode=disable',
      'contains a password; write the URL of the RDS endpoint',
    ],
    [`http://u@${host}:5432/`, '"http:" is not known'],
    [`postgres://%zz@${host}/d`, 'write % as %25'],
    [`postgres://u@${host}/d?hostaddr=10.0.0.7`, 'write that address as via'],
    [`mysql://u@${host}/d?socket=/run/tunnel.sock`, 'write that address as via'],
  ])('the URL %s', (url, message) => {
    expect(problemsOf(() => createTokenSource({ url }))).toEqual({ url: expect.stringContaining(message) })
  })

  it('a missing region, for a user without a home directory', () => {
    const homedir = vi.spyOn(os, 'homedir').mockImplementation(() => {
      throw new Error('uv_os_homedir returned ENOENT')
    })
    syncBuiltinESMExports()
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '')
    expect(problemsOf(() => createTokenSource({ ...good, host: 'localhost' }))).toEqual({
      region: expect.stringContaining('is missing'),
    })
    homedir.mockRestore()
    syncBuiltinESMExports()
  })

  it('cname together with RDS_IAM_VIA', () => {
    vi.stubEnv('RDS_IAM_VIA', 'localhost:15432')
    const target = { ...good, host: 'db.corp.example', region: 'eu-west-1', cname: true }
    expect(problemsOf(() => createTokenSource(target))).toEqual({
      'via (from RDS_IAM_VIA)': expect.stringContaining('conflicts with cname'),
    })
  })

  it.each(['false', '0', 'off', 'no-verify', '{"rejectUnauthorized":false}'])('ssl=%s in the URL', (ssl) => {
    const url = `postgres://u@${host}/d?ssl=${encodeURIComponent(ssl)}`
    expect(problemsOf(() => iamPgConfig({ url }))).toEqual({
      url: expect.stringContaining(`ssl ${JSON.stringify(ssl)}`),
    })
  })

  it.each(['accept_invalid_certs', 'Accept_Invalid_Certs'])('sslaccept=%s in the URL', (accept) => {
    const url = `postgres://u@${host}/d?sslaccept=${accept}`
    expect(problemsOf(() => iamPgConfig({ url }))).toEqual({ url: expect.stringContaining('sslaccept') })
  })

  it.each(['disable', 'allow', 'no-verify'])('sslmode=%s, in the URL or in PGSSLMODE', (mode) => {
    const url = `postgres://u@${host}/d`
    expect(problemsOf(() => iamPgConfig({ url: `${url}?sslmode=${mode}` }))).toEqual({
      url: expect.stringContaining(`sslmode "${mode}" `),
    })
    vi.stubEnv('PGSSLMODE', mode)
    expect(problemsOf(() => iamPgConfig({ url }))).toHaveProperty('sslmode (from PGSSLMODE)')
  })

  it('ssl-mode=DISABLED, which is how MySQL writes it', () => {
    const url = `mysql://u@${host}/d?ssl-mode=DISABLED`
    for (const bind of [iamMysql2Config, iamMariaDbConfig])
      expect(problemsOf(() => bind({ url }))).toEqual({
        url: expect.stringContaining('ssl-mode "DISABLED" '),
      })
  })

  it.each(['prefer', 'require', 'verify-ca', 'verify-full'])('sslmode=%s gets full verification', (mode) => {
    const config = iamPgConfig({ url: `postgres://u@${host}/d?sslmode=${mode}` })
    expect(config.ssl.rejectUnauthorized).toBe(true)
    expect(config).not.toHaveProperty('sslmode')
  })

  it.each(['__proto__', 'constructor', 'nothing'])('a parameter named %s', (name) => {
    expect(() => iamPgConfig({ url: `postgres://u@${host}/d?${name}=1` })).toThrow(
      `url: parameter ${name} is not known here`,
    )
  })

  it("a target with another engine than the driver's", () => {
    expect(problemsOf(() => iamPgConfig({ url: `mysql://u@${host}/d` }))).toEqual({
      'engine (from the URL)': 'is mysql, but this driver speaks postgres; use a driver for mysql',
    })
  })

  it('never shows a password', () => {
    for (const url of [
      `postgres://u:hunter2@${host}/d`,
      `postgres:u:hunter2@${host}`,
      'postgres://u:hunter2@[x',
      'postgres://u:hunter2',
      'postgres://u:hun@hunter2@h:x/d',
      'postgres://u:p?hunter2@h:x/d',
      'postgres://h:x/d?password=hunter2',
      'postgres:/u:hunter2%zz@h/d',
      'jane:hunter2@h/d',
      'postgres://u:7?hunter2@h/d',
      'postgres://u:7/hunter2%zz@h/d',
      new URL('postgres://u:7/hunter2@h/d'),
      'jane:hunter2%zz@h/d',
      'jane_doe:hunter2@h/d',
      'host=h user=jane password=hunter2',
      `postgres://u@${host}/d?password=hunter2`,
    ]) {
      const error = (() => {
        try {
          return iamPgConfig(untyped({ url, password: 'hunter2' })) // also reads the parameters
        } catch (thrown) {
          return thrown
        }
      })()
      expect(error).toBeInstanceOf(RdsIamError)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
    }
  })

  it('a target that is not an object', () => {
    expect(problemsOf(() => iamPgConfig(untyped('postgres://u@h/d' as unknown as object)))).toHaveProperty(
      'target',
    )
  })

  it.each([
    ['pg', 'connectionString', iamPgConfig],
    ['mysql2', 'uri', iamMysql2Config],
    ['mysql2', 'socketPath', iamMysql2Config],
    ['mysql2', 'authSwitchHandler', iamMysql2Config],
    ['mariadb', 'socketPath', iamMariaDbConfig],
  ] as const)('%s: %s, which would bypass the login', (_driver, option, bind) => {
    expect(problemsOf(() => bind(untyped({ host, user: 'u', [option]: 'x' })))).toEqual({
      [option]: expect.anything(),
    })
  })
})

describe("a driver's own options", () => {
  it('pass through', () => {
    expect(iamPgConfig({ ...good, max: 20, application_name: 'app' })).toMatchObject({
      max: 20,
      application_name: 'app',
    })
    expect(iamMysql2Config({ host, user: 'u', connectionLimit: 20 })).toMatchObject({ connectionLimit: 20 })
    expect(iamMariaDbConfig({ host, user: 'u', connectionLimit: 20, connectTimeout: 5 })).toMatchObject({
      connectionLimit: 20,
      connectTimeout: 5,
    })
  })

  it("may be in the URL, as in the driver's own URLs", () => {
    const url = `postgres://u@${host}/d?application_name=app&connect_timeout=3&keepalives=0&statement_timeout=9`
    expect(iamPgConfig({ url })).toMatchObject({
      application_name: 'app',
      connectionTimeoutMillis: 3000,
      keepAlive: false,
      statement_timeout: 9,
    })
    expect(iamPgConfig({ url, application_name: 'own' }).application_name).toBe('own')
    expect(iamMysql2Config({ url: `mysql://u@${host}/d?charset=utf8mb4&dateStrings=true` })).toMatchObject({
      charset: 'utf8mb4',
      dateStrings: true,
    })
    expect(
      iamMariaDbConfig({ url: `mariadb://u@${host}/d?connectionLimit=7&bigIntAsNumber=true` }),
    ).toMatchObject({
      connectionLimit: 7,
      bigIntAsNumber: true,
    })
  })

  it('in the URL are refused if they are no numbers', () => {
    expect(problemsOf(() => iamPgConfig({ url: `postgres://u@${host}/d?connect_timeout=soon` }))).toEqual({
      url: 'parameter connect_timeout is "soon"; write a number',
    })
  })
})

describe('the created config', () => {
  it.each(Object.entries(bindings))('%s: contains functions, and no token or secret', async (_name, bind) => {
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI-EXAMPLEKEY' }
    const config = bind({ host, user: 'u', credentials })
    const source = createTokenSource({ ...good, credentials })
    const token = await source.get()
    for (const built of [config, source]) {
      const text = inspect(built, { depth: 9, showHidden: true, getters: true })
      expect(text).not.toContain('wJalrXUtnFEMI')
      expect(text).not.toContain(token.slice(-20))
    }
  })
})

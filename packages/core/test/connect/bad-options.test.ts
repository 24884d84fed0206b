import { describe, expect, it, vi } from 'vitest'
import { iamMariaDbConfig } from '../../src/drivers/mariadb.ts'
import { iamMysql2Config } from '../../src/drivers/mysql2.ts'
import { iamPgConfig } from '../../src/drivers/pg.ts'
import { createTokenSource, type IamTarget } from '../../src/index.ts'
import { problemsOf } from '../support/problems.ts'

const host = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const good = { engine: 'postgres', host, user: 'jane_doe' } as const
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' }
const arn = 'arn:aws:iam::123456789012:role/db-login'

const PEM = "contains no PEM certificate; write ssl.ca: readFileSync('ca.pem'), with a file that contains one"
const TLS = 'leave it out: TLS is always on, and the RDS roots are built in'
const BOTH = 'has no accessKeyId and secretAccessKey; write both as strings, or a function that returns them'
const ROLE = 'write arn:aws:iam::123456789012:role/name'

describe('reports each wrong option in one line, with what to write instead', () => {
  it.each<[object, string, string]>([
    [{ credentials: { accessKeyId: undefined, secretAccessKey: undefined } }, 'credentials', BOTH],
    [{ credentials: null }, 'credentials', BOTH],
    [
      { credentials: { ...keys, sessionToken: 5 } },
      'credentials.sessionToken',
      'is not a string; write one, or leave it out',
    ],
    [
      { credentials: { ...keys, expiration: 'soon' } },
      'credentials.expiration',
      'is not a Date; write one, or leave it out',
    ],
    [{ role: {} }, 'role', `has no arn; ${ROLE}`],
    [{ role: null }, 'role', `null is not the ARN of a role; ${ROLE}`],
    [
      { role: { arn, name: 'x' } },
      'role.name',
      'is not an option; remove it; write arn, externalId and sessionName',
    ],
    [
      { role: { arn, sessionName: 'a b' } },
      'role.sessionName',
      '"a b" is not a session name; write 2 to 64 letters, digits, or any of _+=,.@-',
    ],
    [
      { role: { arn, externalId: 5 } },
      'role.externalId',
      'is not an external ID; write 2 to 1224 letters, digits, or any of _+=,.@:/-',
    ],
    [{ cname: 'true' }, 'cname', '"true" is not a boolean; write true or false'],
    [{ cname: null }, 'cname', 'null is not a boolean; write true or false'],
    [{ writer: 'yes' }, 'writer', '"yes" is not a boolean; write true or false'],
    [
      { dangerouslySkipServerVerification: 'true' },
      'dangerouslySkipServerVerification',
      '"true" is not a boolean; write true or false',
    ],
    [{ ssl: [] }, 'ssl', `a list is not an object; ${TLS}`],
    [{ ssl: null }, 'ssl', `null is not an object; ${TLS}`],
    [{ ssl: 'Amazon RDS' }, 'ssl', `"Amazon RDS" is not an object; ${TLS}`],
    [{ ssl: { ca: null } }, 'ssl.ca', PEM],
    [{ ssl: { ca: '' } }, 'ssl.ca', PEM],
    [{ ssl: { rejectUnauthorized: 1 } }, 'ssl.rejectUnauthorized', '1 is not true; leave it out'],
    [
      { via: '/run/a\0b' },
      'via',
      String.raw`"/run/a\u0000b" is not an address; write the tunnel's 'host:port'`,
    ],
    [{ via: null }, 'via', "null is not an address; write the tunnel's 'host:port'"],
    [{ via: {} }, 'via', "undefined is not an address; write the tunnel's 'host:port'"],
    [{ via: { host: 'a', prt: 1 } }, 'via.prt', 'is not an option; remove it; write host and port'],
    [{ stream: 'x' }, 'stream', '"x" is not a function; write one that returns a socket'],
    [{ host: null }, 'host', 'null is not a host name; write the RDS endpoint'],
    [
      { user: 'a\0b' },
      'user',
      String.raw`"a\u0000b" contains a character that names can't contain; remove it`,
    ],
    [
      { database: '\ud800' },
      'database',
      String.raw`"\ud800" contains a character that names can't contain; remove it`,
    ],
    [{ connectionString: 'x' }, 'connectionString', 'is not an option; write url instead'],
    [{ uri: 'x' }, 'uri', 'is not an option; write url instead'],
    [{ hostname: 'x' }, 'hostname', 'is not an option; write host instead'],
    [{ username: 'x' }, 'username', 'is not an option; write user instead'],
    [{ dbname: 'x' }, 'dbname', 'is not an option; write database instead'],
    [{ socketPath: 'x' }, 'socketPath', 'is not an option; write via instead'],
    [{ password: 'x' }, 'password', 'is not used; remove it: a token takes its place'],
    [
      { url: `postgres://u@${host}/d?sslmode=verify-fully` },
      'url',
      'sslmode "verify-fully" is not known; write verify-full, or leave it out',
    ],
  ])('%j', (options, option, line) => {
    const target: object = { ...good, ...options }
    expect(problemsOf(() => iamPgConfig(target))).toEqual({ [option]: line })
  })

  it('shows no value of an object, which may be credentials in the wrong place', () => {
    const options = [
      'url',
      'engine',
      'host',
      'port',
      'user',
      'database',
      'region',
      'profile',
      'role',
      'timeoutMs',
    ]
    for (const option of [...options, 'via', 'cname', 'writer', 'ssl', 'stream']) {
      for (const value of [{ id: keys.accessKeyId, key: keys.secretAccessKey }, [keys.secretAccessKey]]) {
        const target: object = { ...good, [option]: value }
        const lines = JSON.stringify(problemsOf(() => iamPgConfig(target)))
        expect(lines).not.toMatch(/wJalrXUtnFEMI|AKIAIOSFODNN7EXAMPLE/)
      }
    }
  })

  it("names another library's option names, and no problem that follows from them", () => {
    const target: object = { connectionString: 'x', username: 'jane_doe' }
    expect(Object.keys(problemsOf(() => iamPgConfig(target)))).toEqual(['connectionString', 'username'])
  })

  it('names the variable that the value comes from', () => {
    vi.stubEnv('PGSSLMODE', 'verify-fully')
    vi.stubEnv('RDS_IAM_VIA', 'a b')
    expect(problemsOf(() => iamPgConfig(good))).toEqual({
      'sslmode (from PGSSLMODE)': '"verify-fully" is not known; write verify-full, or leave it out',
      'via (from RDS_IAM_VIA)': "\"a b\" is not an address; write the tunnel's 'host:port'",
    })
    vi.stubEnv('PGSSLMODE', undefined)
    vi.stubEnv('RDS_IAM_VIA', undefined)
    vi.stubEnv('DATABASE_URL', `postgres://u@${host}:x/d`)
    expect(problemsOf(() => iamPgConfig())).toHaveProperty('url (from DATABASE_URL)')
  })

  it('refuses driver options for a token source, which has no driver', () => {
    const target: object = { ...good, regoin: 'eu-west-1', username: 'x' }
    expect(problemsOf(() => createTokenSource(target))).toEqual({
      username: 'is not an option; write user instead',
      regoin: expect.stringMatching(/^is not an option; remove it, or write one of url, engine, .*, ssl, /),
    })
  })
})

describe("accepts the same URL for Prisma's CLI and every driver", () => {
  // https://www.prisma.io/docs/orm/overview/databases/postgresql#arguments, …/mysql#arguments
  const postgres =
    'schema=app&connection_limit=7&connect_timeout=3&pool_timeout=3&sslmode=require&sslaccept=strict&socket_timeout=3&pgbouncer=true&application_name=x&channel_binding=prefer&statement_cache_size=0&options=-c%20a%3Db&max_idle_connection_lifetime=9'
  const mysql = 'connection_limit=7&connect_timeout=3&pool_timeout=3&sslaccept=strict&socket_timeout=3'

  const limits = { connectionLimit: 7, connectTimeout: 3_000 }
  it.each<[string, (target: IamTarget) => object, string, object]>([
    ['pg', iamPgConfig, `postgres://u@${host}/d?${postgres}`, { max: 7, connectionTimeoutMillis: 3_000 }],
    ['mysql2', iamMysql2Config, `mysql://u@${host}/d?${mysql}`, limits],
    ['mariadb', iamMariaDbConfig, `mysql://u@${host}/d?${mysql}`, limits],
  ])('%s', (_, bind, url, understood) => {
    expect(problemsOf(() => bind({ url }))).toEqual({})
    const config = bind({ url })
    expect(config).toMatchObject(understood)
    for (const name of ['pool_timeout', 'sslaccept', 'pgbouncer', 'socket_timeout'])
      expect(config).not.toHaveProperty(name)
  })
})

import { connect } from 'node:tls'
import { createTokenSource, type IamTarget } from '@rds-iam/core'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type BadCertificate,
  type Certificates,
  certificatesFor,
  type Issued,
} from '../support/certificates.ts'
import { startDns } from '../support/dns.ts'
import { type Driver, drivers, throughProxy } from '../support/drivers.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { type Played, play, type Script } from '../support/play.ts'
import { postgres } from '../support/postgres-scripts.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const credentials = {
  accessKeyId: 'ASIAAFTERTHISONE0001',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
  sessionToken: 'IQoJb3JpZ2luX2VjEJr',
}

let certificates: Certificates
beforeAll(async () => {
  certificates = await certificatesFor(HOST)
})

// mysql2 says so of a server that asks before TLS.
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation((text) => expect(text).toContain('packets out of order'))
})

let hostile: Played | undefined
afterEach(() => hostile?.stop())

const MARIADB = { version: '10.11.8-MariaDB' }
const NEW_MARIADB = { version: '11.4.4-MariaDB' }

interface Case {
  readonly what: string
  readonly script: (certificates: Certificates) => Script
  /** The reason in the error. */
  readonly reason: RegExp
}

const CERTIFICATES: Readonly<Record<BadCertificate, RegExp>> = {
  'of an unknown CA': /certificate|not trusted/,
  'of the right CA, for an instance of somebody else': /altnames|another server/,
  'that has expired': /expired|not trusted/,
  'that is signed by itself': /self.signed|not trusted/,
}

/** Every bad certificate, on a server that otherwise behaves correctly. */
function badCertificates(over: (identity: Issued) => Script, who = ''): Case[] {
  // As it is declared above.
  return (Object.keys(CERTIFICATES) as BadCertificate[]).map((kind) => ({
    what: `a certificate ${kind}${who}`,
    script: ({ bad }) => over(bad[kind]),
    reason: CERTIFICATES[kind],
  }))
}

const HUNG_UP = /disconnected before secure TLS|unexpectedly been closed|during the TLS handshake/

const cases: Record<'postgres' | 'mysql', readonly Case[]> = {
  postgres: [
    ...badCertificates(postgres.overTls),
    {
      what: 'no TLS, or TLS stripped on the way',
      script: () => postgres.withoutTls,
      reason: /does not support (SSL|TLS)/,
    },
    {
      what: 'a password request instead of TLS',
      script: () => postgres.askingAtOnce,
      reason: /SSL|TLS/,
    },
    {
      what: 'a password request before TLS',
      script: () => postgres.askingBeforeTls,
      reason: /SSL|before the TLS/,
    },
    { what: 'no patience for the TLS handshake', script: () => postgres.hangingUp, reason: HUNG_UP },
  ],
  mysql: [
    ...badCertificates((identity) => mysql.overTls(identity)),
    ...badCertificates((identity) => mysql.overTls(identity, MARIADB), ', from MariaDB'),
    ...badCertificates((identity) => mysql.overTls(identity, NEW_MARIADB), ', from a new MariaDB'),
    ...badCertificates(
      (identity) => mysql.overTls(identity, { greets: 'mysql_clear_password' }),
      ', greeting with the clear password',
    ),
    ...badCertificates(
      (identity) => mysql.overTls(identity, { ...MARIADB, greets: 'mysql_clear_password' }),
      ', from MariaDB, greeting with the clear password',
    ),
    {
      what: 'no TLS, or TLS stripped on the way',
      script: () => mysql.withoutTls(),
      reason: /secure connection|ssl not enabled|does not support TLS/,
    },
    {
      what: 'no TLS, greeting with the clear password',
      script: () => mysql.withoutTls({ greets: 'mysql_clear_password' }),
      reason: /secure connection|ssl not enabled|requires TLS|does not support TLS/,
    },
    {
      what: 'a password request before TLS',
      script: () => mysql.askingBeforeTls,
      reason: /without TLS|before the TLS|not established|certificate|packet/,
    },
    { what: 'no patience for the TLS handshake', script: () => mysql.hangingUp, reason: HUNG_UP },
    ...['dialog', 'sha256_password', 'caching_sha2_password', 'mysql_old_password', 'unheard_of'].map(
      (asks) => ({
        what: `a question for another plugin, ${asks}`,
        script: ({ good }: Certificates) => mysql.overTls(good, { asks }),
        reason: new RegExp(`asked for ${asks}|unknown plugin ${asks}`),
      }),
    ),
  ],
}

/** Expects a login to a server that plays the script to fail for this reason, without the token being sent. */
async function keepsToken(
  { build, engine }: Driver,
  { script, reason }: Case,
  more: object = {},
): Promise<void> {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
  hostile = await play(script(certificates))
  const target = {
    engine,
    host: HOST,
    port: hostile.port,
    user: 'jane_doe',
    database: 'app',
    credentials,
    ssl: { ca: certificates.ca },
    via: `127.0.0.1:${hostile.port}`,
  } satisfies IamTarget
  const token = await createTokenSource(target).get()
  await expect(build({ ...target, ...more })()).rejects.toThrow(reason)
  expect(leaked(token, hostile.received())).toBeUndefined()
}

const all = [...drivers, ...throughProxy]

describe.each(all)('$name', (driver) => {
  it.each(cases[driver.engine])('keeps the token from a server with $what, and says why', (one) =>
    keepsToken(driver, one),
  )
})

describe.each(all)('$name at a server with a certificate for another name', (driver) => {
  const script: Case['script'] = ({ good }) =>
    driver.engine === 'postgres' ? postgres.overTls(good) : mysql.overTls(good)
  // mysql2 before 3.15 can't be checked, because it doesn't expose the certificate.
  const reason = /altnames|another server|does not expose|is not in the cert's list|ServerName to an IP/

  it('sends no token if the endpoint is an IP address', () =>
    keepsToken(driver, { what: '', script, reason }, { host: '127.0.0.1', region: 'us-east-1' }))

  it('sends no token if the endpoint is found through an alias', async () => {
    const theirs = 'theirs.c9akciq32rgh.us-east-1.rds.amazonaws.com'
    using _dns = await startDns({ 'db.corp.example': theirs })
    const alias = { host: 'db.corp.example', region: 'us-east-1', cname: true, via: undefined }
    await keepsToken(driver, { what: '', script, reason }, alias)
  })
})

/** Logins with the user's `ssl` instead of ours, which doesn't check the name. */
const careless: readonly Driver[] = [
  {
    name: 'pg',
    engine: 'postgres',
    build: (target) => async () => {
      const { ssl, ...config } = iamPgConfig(target)
      const client = new pg.Client({ ...config, ssl: { ...ssl, checkServerIdentity: () => undefined } })
      return client.connect().then(() => 'logged in')
    },
  },
  {
    name: 'mysql2',
    engine: 'mysql',
    build: (target) => async () => {
      const { ssl, ...config } = iamMysql2Config(target)
      return createConnection({ ...config, ssl: { ca: ssl.ca } }).then(() => 'logged in')
    },
  },
]

it.each(careless)(
  '$name keeps the token where its `ssl` has been replaced by one that checks no name',
  (driver) => {
    const script: Case['script'] = ({ bad }) => {
      const ofAnother = bad['of the right CA, for an instance of somebody else']
      return driver.engine === 'postgres' ? postgres.overTls(ofAnother) : mysql.overTls(ofAnother)
    }
    return keepsToken(driver, {
      what: '',
      script,
      reason: /withheld .* its certificate is for another server/,
    })
  },
)

it('mysql2 keeps the token from a server that asks before TLS, even if its stream has TLS with another server', () => {
  const relayed: Driver = {
    name: 'mysql2',
    engine: 'mysql',
    build:
      ({ via: _, ...target }) =>
      async () => {
        const relay = { host: '127.0.0.1', port: Number(target.port), ca: certificates.ca }
        const stream = () => connect({ ...relay, checkServerIdentity: () => undefined })
        return createConnection(iamMysql2Config({ ...target, stream })).then(() => 'logged in')
      },
  }
  const script: Case['script'] =
    ({ bad }) =>
    async (talk) => {
      await talk.secure(bad['of the right CA, for an instance of somebody else'])
      return mysql.askingBeforeTls(talk)
    }
  return keepsToken(relayed, {
    what: '',
    script,
    reason: /withheld .* its certificate is (not trusted|for another server)/,
  })
})

describe.each(all.filter(({ name }) => /^pg (8.23|through)/.test(name)))(
  '$name, which begins with TLS,',
  (driver) => {
    it.each(badCertificates(postgres.directTls))('keeps the token from a server with $what', (one) =>
      keepsToken(driver, one, driver.name === 'pg 8.23' ? { sslnegotiation: 'direct' } : DIRECT_URL),
    )
  },
)

/** The proxy takes it as libpq does: from the URL. */
const DIRECT_URL = { url: `postgres://${HOST}?sslnegotiation=direct`, host: undefined }

/** The first part of the token that the server has seen, in clear text or in a common encoding. */
function leaked(token: string, received: string): string | undefined {
  const seen = [received, Buffer.from(received, 'latin1').toString('utf16le')]
  const query = token.slice(token.indexOf('?')) // before it is the host, which TLS sends in clear text
  for (let at = 0; at + 12 <= query.length; at++) {
    const piece = query.slice(at, at + 12)
    if (seen.some((text) => text.includes(piece))) return piece
  }
  return undefined
}

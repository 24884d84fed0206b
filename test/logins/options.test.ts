// How every public function handles options that violate its types, and what the types allow.
import { createTokenSource, credentialsOf, inspectCredentials, inspectToken } from '@rds-iam/core'
import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import { iamConnection } from '@rds-iam/knex'
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { iamPg } from '@rds-iam/prisma/pg'
import { startProxy } from '@rds-iam/proxy'
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import { describe, expect, it, vi } from 'vitest'

const host = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const postgres = { host, user: 'jane_doe', port: 5432 }
const mysql = { host, user: 'jane_doe', port: 3306 }

/** A public function, called as untyped JavaScript may call it. */
type Call = (...args: never[]) => unknown

describe('causes an options error and nothing else:', () => {
  const functions: readonly { readonly name: string; readonly call: Call; readonly first?: object }[] = [
    { name: 'createTokenSource', call: createTokenSource },
    { name: 'inspectCredentials', call: inspectCredentials },
    { name: 'inspectToken', call: inspectToken },
    { name: 'credentialsOf', call: async (target: never) => credentialsOf(target)() },
    { name: 'iamPgConfig', call: iamPgConfig },
    { name: 'iamMysql2Config', call: iamMysql2Config },
    { name: 'iamMariaDbConfig', call: iamMariaDbConfig },
    { name: 'iamConnection', call: iamConnection },
    { name: 'iamDataSourceOptions', call: iamDataSourceOptions },
    { name: 'iamPg', call: iamPg },
    { name: 'iamPg, as its second argument', call: iamPg, first: postgres },
    { name: 'iamMariaDb', call: iamMariaDb },
    { name: 'iamMariaDb, as its second argument', call: iamMariaDb, first: mysql },
    { name: 'startProxy', call: startProxy },
    { name: 'startProxy, as its second argument', call: startProxy, first: postgres },
  ]
  const values: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['a string', 'postgres://jane_doe@db/app'],
    ['a number', 5],
    ['a list', []],
    ['a function', () => {}],
  ]

  it.each(functions)('null, a string, a number, a list or a function in $name', async ({ call, first }) => {
    for (const [what, value] of values) {
      const args = (first ? [first, value] : [value]) as never[] // untyped JavaScript may pass it
      const called = (async () => call(...args))()
      await expect(called, what).rejects.toMatchObject({
        name: 'RdsIamError',
        code: 'ERR_RDS_IAM_OPTIONS',
        problems: [expect.anything()],
      })
    }
  })
})

describe('options may come from unset variables', () => {
  // These lines compile under exactOptionalPropertyTypes: our fields, and those of drivers and ORMs.
  const none: string | undefined = process.env.NO_SUCH_VARIABLE
  const number = none === undefined ? undefined : Number(none)
  const target = { profile: none, region: none, via: none, role: none, database: none, timeoutMs: number }
  const tls = { ssl: { ca: none, rejectUnauthorized: true }, cname: undefined } as const

  it.each<[string, () => object, () => object]>([
    ['pg', () => iamPgConfig({ ...postgres, ...target, ...tls, max: number }), () => iamPgConfig(postgres)],
    [
      'mysql2',
      () => iamMysql2Config({ ...mysql, ...target, ...tls, connectionLimit: number, charset: none }),
      () => iamMysql2Config(mysql),
    ],
    [
      'mariadb',
      () => iamMariaDbConfig({ ...mysql, ...target, ...tls, connectTimeout: number, collation: none }),
      () => iamMariaDbConfig(mysql),
    ],
    [
      'Knex',
      () => iamConnection({ ...postgres, ...target, ssl: true, application_name: none }),
      () => iamConnection(postgres),
    ],
    [
      'TypeORM',
      () =>
        iamDataSourceOptions({
          type: 'postgres',
          host,
          username: 'jane_doe',
          database: none,
          poolSize: number,
          extra: { max: undefined },
          ssl: { rejectUnauthorized: true },
          replication: undefined,
          iam: { profile: none, via: none },
        }),
      () => iamDataSourceOptions({ type: 'postgres', host, username: 'jane_doe' }),
    ],
  ])('of %s', (_, build, bare) => {
    vi.stubEnv('RDS_IAM_VIA', undefined)
    const text = (options: object): string => JSON.stringify(options, (_key, value) => value ?? 'nothing')
    expect(text(build())).toBe(text(bare()))
  })

  it('for Prisma, where the schema then comes from the URL', () => {
    const url = `postgres://jane_doe@${host}/app?schema=orders`
    const adapter = iamPg({ ...target, url, max: number }, { schema: undefined })
    expect(adapter).toMatchObject({ options: { schema: 'orders' } })
    expect(() =>
      iamMariaDb({ ...mysql, ...target, connectionLimit: number }, { database: none }),
    ).not.toThrow()
  })

  it('but false and null are values', () => {
    // @ts-expect-error TLS can't be turned off
    expect(() => iamPgConfig({ ...postgres, ssl: { rejectUnauthorized: false } })).toThrow('lets any server')
    // @ts-expect-error null is not undefined
    expect(() => iamPgConfig({ ...postgres, via: null })).toThrow('via: null is not an address')
  })
})

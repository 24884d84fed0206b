import { inspect } from 'node:util'
import { iamConnection } from '@rds-iam/knex'
import { type IamPg, iamPg } from '@rds-iam/prisma/pg'
import { describe, expect, it } from 'vitest'
import { outputOf, typescript } from '../support/child.ts'
import { useServers } from '../support/rds.ts'
import { testLogins, using } from '../support/stack-tests.ts'
import { stacks } from '../support/stacks.ts'

const servers = useServers()

describe.each(stacks)('$name', (stack) => {
  const rds = () => servers[stack.engine]()
  testLogins(stack, rds)

  it('commits and rolls back transactions', async () => {
    await using(stack, rds(), 2, async (db) => {
      const table = `t_${Math.random().toString(36).slice(2)}`
      await db.transaction(async (query) => {
        await query(`CREATE TABLE ${table} (n int)`)
      })
      await db.transaction(async (query) => {
        await query(`INSERT INTO ${table} VALUES (1)`)
      })
      await expect(
        db.transaction(async (query) => {
          await query(`INSERT INTO ${table} VALUES (2)`)
          throw new Error('changed my mind')
        }),
      ).rejects.toThrow('changed my mind')
      expect(await db.query(`SELECT n FROM ${table}`)).toEqual([{ n: 1 }])
      await db.transaction(async (query) => {
        await query(`DROP TABLE ${table}`)
      })
    })
  })
})

describe.each(stacks.filter(({ engine }) => engine === 'postgres'))('$name', (stack) => {
  it('does not treat a failed statement as a rejected login, even with the same code', async () => {
    await using(stack, servers.postgres(), 1, async (db) => {
      const statement = `DO $$ BEGIN RAISE EXCEPTION 'mine' USING ERRCODE = '28000'; END $$`
      const error = await db.query(statement).catch((thrown: unknown) => thrown)
      expect(Object(error).message).toContain('mine')
      expect(inspect(error)).not.toContain('IAM login')
    })
  })
})

describe.each(['postgres', 'mysql'] as const)('a program on %s', (engine) => {
  it('has no open handles after it has closed everything, and ends by itself', async () => {
    const program = typescript('test/support/programs/open-and-close.ts', engine)
    const output = await outputOf(process.execPath, program, { env: servers[engine]().env })
    expect(output.split('\n')).toEqual(
      stacks.filter((stack) => stack.engine === engine).map(({ name }) => `${name}: nothing`),
    )
  })
})

describe("an adapter's options", () => {
  const host = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'

  it('cause an error in Knex if the engine is unknown', () => {
    expect(() => iamConnection({ host, port: 6543, user: 'jane_doe' })).toThrow(
      'engine: is missing, and neither a URL nor a port implies it',
    )
  })

  it('set the schema in Prisma on pg, which otherwise comes from the URL', async () => {
    const schemaOf = async (target: IamPg, options = {}) => {
      const adapter = await iamPg(target, options).connect()
      return adapter.getConnectionInfo().schemaName
    }
    const url = `postgres://jane_doe@${host}/app`
    expect(await schemaOf({ url })).toBeUndefined() // means the first in the search path
    expect(await schemaOf({ url: `${url}?schema=sales` })).toBe('sales')
    expect(await schemaOf({ url: `${url}?schema=sales` }, { schema: 'hr' })).toBe('hr')
  })
})

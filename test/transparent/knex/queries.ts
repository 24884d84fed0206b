// Knex's queries: values, streams and errors.
import type { Knex } from 'knex'
import { failureOf } from '../shown.ts'
import { rowsOf, type Scenario } from './open.ts'

async function stock(db: Knex, rows = 5): Promise<void> {
  await db.schema.createTable('stock', (table) => {
    table.increments('id')
    table.string('name').unique()
    table.integer('n').defaultTo(0)
  })
  await db('stock').insert(Array.from({ length: rows }, (_, i) => ({ name: `part ${i + 1}`, n: i + 1 })))
}

export const queryScenarios: Record<string, Scenario> = {
  'binds values of all kinds': async ({ engine, open }) => {
    const db = open()
    const [moment, json] = engine === 'postgres' ? ['timestamptz', 'jsonb'] : ['datetime', 'char']
    const one = async (sql: string, bindings: Knex.Value[] = []) => rowsOf(await db.raw(sql, bindings))
    return {
      text: await one('select ? as a, ?? as b from (select 2 as n) t', ['smile 😀', 'n']),
      nothing: await one('select ? as a', [null]),
      date: await one('select ? as a', [new Date(0)]),
      bytes: await one('select ? as a', [Buffer.from('ü')]),
      big: await one('select 9007199254740993 as big, 1.50 as exact, 1.5e0 as rough'),
      time: await one(`select cast('2024-02-03 04:05:06' as ${moment}) as t`),
      json: await one(`select cast('{"a":[1]}' as ${json}) as j`),
    }
  },

  'streams rows, stops early, and reports errors': async ({ open }) => {
    const db = open({ pool: { min: 0, max: 1 } })
    await stock(db, 200)
    const names: string[] = []
    for await (const row of db('stock').orderBy('id').stream({ highWaterMark: 7 })) names.push(row.name)
    let few = 0
    for await (const _row of db('stock').stream({ highWaterMark: 5 })) if (++few === 3) break
    return {
      names,
      few,
      failure: await failureOf(async () => {
        for await (const _row of db('stock').select('nothing').stream());
      }),
      after: await db('stock').count('* as n'),
    }
  },

  "reports the driver's errors": async ({ engine, open }) => {
    const db = open()
    await stock(db)
    return {
      syntax: await failureOf(() => db.raw('SELEKT 1')),
      twice: await failureOf(() => db('stock').insert({ name: 'part 1' })),
      type: await failureOf(() => db('stock').insert({ n: 'many' })),
      denied: await failureOf(() => (engine === 'postgres' ? db('pg_authid') : db.raw('KILL 4294967290'))),
    }
  },
}

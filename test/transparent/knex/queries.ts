// Knex's queries: parameters, results, streams and events.

import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Knex } from 'knex'
import { failureOf } from '../shown.ts'
import { rowsOf, type Scenario } from './open.ts'

async function stock(db: Knex, rows = 5): Promise<void> {
  await db.schema.createTable('stock', (table) => {
    table.increments('id')
    table.string('name').unique()
    table.integer('n').defaultTo(0)
    table.decimal('price', 10, 2)
  })
  const numbered = Array.from({ length: rows }, (_, i) => ({ name: `part ${i + 1}`, n: i + 1, price: i / 4 }))
  await db('stock').insert(numbered)
}

export const queryScenarios: Record<string, Scenario> = {
  'selects, inserts, updates and deletes': async ({ open }) => {
    const db = open()
    await stock(db)
    return {
      inserted: await db('stock').insert({ name: 'new', n: 9 }),
      returned: await db('stock')
        .insert({ name: 'newer' }, ['id', 'n'])
        .catch((error: Error) => error.message),
      updated: await db('stock').where('n', '>', 3).increment('n', 10),
      deleted: await db('stock').where({ name: 'part 1' }).del(),
      first: await db('stock').where('n', '>', 1).orderBy('n').first(),
      none: (await db('stock').where('n', -1).first()) ?? 'undefined',
      names: await db('stock').pluck('name'),
      sum: await db('stock').sum('n as sum').count('* as rows').max('price as price'),
      grouped: await db('stock')
        .select(db.raw('n % 2 as odd'))
        .count('* as rows')
        .groupByRaw('n % 2')
        .orderBy('odd'),
      joined: await db('stock as a')
        .join('stock as b', 'a.n', 'b.n')
        .select('a.name', 'b.n')
        .whereIn('a.n', db('stock').select('n').where('n', '<', 4))
        .orderBy('a.id'),
      with: await db.with('few', db('stock').limit(2).orderBy('id')).select('name').from('few'),
      truncated: (await db('stock').truncate()) === undefined,
    }
  },

  'upserts, and returns the requested columns': async ({ engine, open }) => {
    const db = open()
    await stock(db)
    const insert = (row: object): Knex.QueryBuilder => db('stock').insert(row)
    return {
      merged: await insert({ name: 'part 1', n: 100 }).onConflict('name').merge(),
      mergedSome: await insert({ name: 'part 2', n: 100, price: 7 }).onConflict('name').merge(['price']),
      ignored: await insert({ name: 'part 3', n: 100 }).onConflict('name').ignore(),
      clash: await failureOf(() => insert({ name: 'part 4' })),
      returning:
        engine === 'postgres' &&
        (await db('stock').where('n', '<', 4).update({ n: 0 }).returning(['id', 'name', 'n'])),
      gone: engine === 'postgres' && (await db('stock').where('n', 0).del('name')),
      rows: await db('stock').orderBy('id'),
    }
  },

  'inserts in batches': async ({ open }) => {
    const db = open()
    await stock(db, 1)
    const rows = Array.from({ length: 250 }, (_, i) => ({ name: `row ${i}`, n: i }))
    const ids = await db.batchInsert('stock', rows, 100)
    const clash = [{ name: 'fresh' }, { name: 'row 1' }]
    return {
      ids,
      failure: await failureOf(() => db.batchInsert('stock', clash, 1)),
      count: await db('stock').count('* as n'),
      inTransaction: await db.transaction((trx) =>
        db.batchInsert('stock', [{ name: 'last' }]).transacting(trx),
      ),
    }
  },

  'binds values of all kinds': async ({ engine, open }) => {
    const db = open()
    const many = engine === 'postgres' ? await db.raw('select 1 as a; select 2 as b').then(Object.keys) : []
    return {
      many,
      positional: rowsOf(await db.raw('select ? as a, ?? as b from (select 2 as n) t', ['x', 'n'])),
      named: rowsOf(await db.raw('select :a as a, :b: as b from (select 2 as n) t', { a: 1, b: 'n' })),
      nothing: rowsOf(await db.raw('select ? as a', [null])),
      date: rowsOf(await db.raw('select ? as a', [new Date(0)])),
      bytes: rowsOf(await db.raw('select ? as a', [Buffer.from('ü')])),
      big: rowsOf(await db.raw('select 9007199254740993 as big, 1.50 as exact, 1.5e0 as rough')),
      time: rowsOf(
        await db.raw(
          `select cast('2024-02-03 04:05:06' as ${engine === 'postgres' ? 'timestamptz' : 'datetime'}) as t`,
        ),
      ),
      json: rowsOf(
        await db.raw(`select cast('{"a":[1]}' as ${engine === 'postgres' ? 'jsonb' : 'char'}) as j`),
      ),
      emoji: rowsOf(await db.raw('select ? as a', ['smile 😀'])),
      missing: await failureOf(() => db.raw('select ? as a, ? as b', ['x'])),
      escaped: db.raw('select ? as a', ["O'Reilly\\"]).toString(),
    }
  },

  'streams rows, stops early, and reports errors': async ({ open }) => {
    const db = open({ pool: { min: 0, max: 1 } })
    await stock(db, 200)
    const names: string[] = []
    for await (const row of db('stock').orderBy('id').stream({ highWaterMark: 7 })) names.push(row.name)
    let few = 0
    for await (const _row of db('stock').stream({ highWaterMark: 5 })) if (++few === 3) break
    const piped: unknown[] = []
    const sink = new Writable({ objectMode: true, write: (row, _, done) => void done(void piped.push(row)) })
    await pipeline(db('stock').orderBy('id').limit(3).stream(), sink)
    return {
      names,
      few,
      piped,
      failure: await failureOf(async () => {
        for await (const _row of db('stock').select('nothing').stream());
      }),
      after: await db('stock').count('* as n'),
      fromRaw: await db.transaction(async (trx) => {
        const rows: unknown[] = []
        for await (const row of trx.raw('select n from stock where n < 4').stream()) rows.push(row)
        return rows
      }),
    }
  },

  "reports the driver's errors": async ({ engine, open }) => {
    const db = open()
    await stock(db)
    const long = 'x'.repeat(300)
    return {
      syntax: await failureOf(() => db.raw('SELEKT 1')),
      table: await failureOf(() => db('nowhere')),
      column: await failureOf(() => db('stock').select('nothing')),
      twice: await failureOf(() => db('stock').insert({ name: 'part 1' })),
      tooLong: await failureOf(() => db('stock').insert({ name: long })),
      type: await failureOf(() => db('stock').insert({ n: 'many' })),
      undefinedBinding: await failureOf(() => db('stock').where({ n: undefined })),
      denied: await failureOf(() => (engine === 'postgres' ? db('pg_authid') : db.raw('KILL 4294967290'))),
    }
  },

  'emits the events of its queries': async ({ open }) => {
    const db = open()
    const events: unknown[] = []
    db.on('start', (builder) => events.push(['start', builder.toString()]))
    db.on('query', ({ sql, bindings, method }) => events.push(['query', sql, bindings, method]))
    db.on('query-response', (response, { sql }) => events.push(['query-response', sql, response]))
    db.on('query-error', (error, { sql }) => events.push(['query-error', error.message, sql]))
    await stock(db, 2)
    await db('stock').where({ n: 1 })
    await db('nowhere').catch(() => {})
    await db.transaction((trx) => trx('stock').insert({ name: 'third' }))
    const own: unknown[] = []
    await db('stock')
      .where({ n: 2 })
      .on('query', ({ sql }: { sql: string }) => own.push(sql))
      .on('query-response', (rows: unknown) => own.push(rows))
    await delay(0) // for the last event
    return { events, own }
  },

  'passes results and identifiers to the configured hooks': async ({ open }) => {
    const db = open({
      postProcessResponse: (result) => (Array.isArray(result) ? result.map((row) => ({ row })) : result),
      wrapIdentifier: (name, wrap) => wrap(name === 'shop' ? 'stock' : name),
    })
    await stock(db, 2)
    return { rows: await db('shop').orderBy('id'), first: await db('shop').orderBy('id').first() }
  },
}

// Knex's transactions.
import type { Knex } from 'knex'
import { effectsOf, type Level, type Within } from '../isolation.ts'
import { failureOf } from '../shown.ts'
import type { Scenario } from './open.ts'

const levels: Record<Level, Knex.IsolationLevels> = {
  'READ UNCOMMITTED': 'read uncommitted',
  'READ COMMITTED': 'read committed',
  'REPEATABLE READ': 'repeatable read',
  SERIALIZABLE: 'serializable',
}

async function numbers(db: Knex): Promise<void> {
  await db.schema.createTable('numbers', (table) => table.integer('n').unique())
}

export const transactionScenarios: Record<string, Scenario> = {
  'commits and rolls back': async ({ open }) => {
    const db = open()
    await numbers(db)
    const trx = await db.transaction()
    await trx('numbers').insert({ n: 3 })
    const unseen = await db('numbers').pluck('n')
    await trx.rollback(new Error('by hand'))
    return {
      unseen,
      byHand: await failureOf(() => trx.executionPromise),
      afterwards: await failureOf(() => trx('numbers').insert({ n: 4 })),
      committed: await db.transaction((inner) =>
        inner('numbers')
          .insert({ n: 1 })
          .then(() => 'done'),
      ),
      thrown: await failureOf(() =>
        db.transaction(async (inner) => {
          await inner('numbers').insert({ n: 2 })
          throw new TypeError('changed my mind')
        }),
      ),
      ofServer: await failureOf(() =>
        db.transaction(async (inner) => {
          await inner('numbers').insert({ n: 2 })
          await inner('numbers').insert({ n: 1 })
        }),
      ),
      completed: [trx.isCompleted(), trx.isTransaction],
      rows: await db('numbers').pluck('n'),
    }
  },

  'nests transactions by savepoints': async ({ open }) => {
    const db = open()
    await numbers(db)
    const queries: string[] = []
    db.on('query', ({ sql }) => queries.push(sql.replace(/trx\d+/g, 'trx')))
    await db.transaction(async (outer) => {
      await outer('numbers').insert({ n: 1 })
      await outer
        .transaction(async (inner) => {
          await inner('numbers').insert({ n: 2 })
          throw new Error('only this one')
        })
        .catch(() => {})
      await outer.savepoint(async (inner) => {
        await inner('numbers').insert({ n: 3 })
        await inner.savepoint((innermost) => innermost('numbers').insert({ n: 4 }))
      })
    })
    return { queries, rows: await db('numbers').orderBy('n').pluck('n') }
  },

  'applies isolation levels': async ({ engine, open }) => {
    const db = open({ pool: { min: 0, max: 2 } })
    await db.schema.createTable('words', (table) => {
      table.increments('id')
      table.string('word').unique()
    })
    const within: Within = (level, work) =>
      db.transaction(
        (trx) =>
          work({
            count: () => trx('words').then((rows) => rows.length),
            add: async (word) => void (await trx('words').insert({ word })),
          }),
        level && { isolationLevel: levels[level] },
      )
    return effectsOf(engine, within)
  },

  'runs read-only transactions': async ({ open }) => {
    const db = open()
    await numbers(db)
    const insert = (trx: Knex.Transaction) => trx('numbers').insert({ n: 1 })
    return {
      refused: await failureOf(() => db.transaction(insert, { readOnly: true })),
      rows: await db.transaction((trx) => trx('numbers').select(), { readOnly: true }),
      inserted: await db.transaction(insert),
    }
  },

  'locks rows': async ({ open }) => {
    const db = open({ pool: { min: 0, max: 4 } })
    await numbers(db)
    await db('numbers').insert([{ n: 1 }, { n: 2 }])
    const first = await db.transaction()
    await first('numbers').where({ n: 1 }).forUpdate()
    const refused = await failureOf(() =>
      db.transaction((trx) => trx('numbers').where({ n: 1 }).forUpdate().noWait()),
    )
    const skipped = await db.transaction((trx) => trx('numbers').where({ n: 1 }).forUpdate().skipLocked())
    await first.commit()
    return { refused, skipped, rows: await db('numbers').orderBy('n') }
  },

  'runs many at once, each on its own connection': async ({ open }) => {
    const db = open({ pool: { min: 0, max: 8 } })
    await numbers(db)
    await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        db
          .transaction(async (trx) => {
            await trx('numbers').insert({ n })
            if (n % 3 === 0) throw new Error('every third')
          })
          .catch(() => {}),
      ),
    )
    return { rows: await db('numbers').orderBy('n').pluck('n'), open: db.client.pool.numUsed() }
  },
}

/** PostgreSQL takes a second to detect a deadlock. */
export const mysqlScenarios: Record<string, Scenario> = {
  'reports a deadlock': async ({ open }) => {
    const db = open({ pool: { min: 0, max: 4 } })
    await numbers(db)
    await db('numbers').insert([{ n: 1 }, { n: 2 }])
    const [first, second] = [await db.transaction(), await db.transaction()]
    await first('numbers').where({ n: 1 }).forUpdate()
    await second('numbers').where({ n: 2 }).forUpdate()
    // Each waits for the other, and the server chooses which of them it ends.
    const ends = await Promise.allSettled([
      first('numbers').where({ n: 2 }).update({ n: 20 }),
      second('numbers').where({ n: 1 }).update({ n: 10 }),
    ])
    await first.rollback()
    await second.rollback()
    return { codes: ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : [])) }
  },
}

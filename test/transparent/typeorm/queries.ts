// TypeORM's queries: transactions, streams and errors.
import { failureOf } from '../shown.ts'
import { WordEntity } from './entities.ts'
import type { Scenario } from './open.ts'

const withWords = { entities: [WordEntity], synchronize: true }

export const queryScenarios: Record<string, Scenario> = {
  'commits and rolls back transactions': async ({ open }) => {
    const dataSource = await open(withWords)
    const committed = await dataSource.transaction(async (outer) => {
      const nested = outer.transaction(async (inner) => {
        await inner.insert(WordEntity, { word: 'inner' })
        throw new Error('only this one')
      })
      await nested.catch(() => {})
      return outer.save(WordEntity, { word: 'kept' })
    })
    const refused = await failureOf(() =>
      dataSource.transaction('SERIALIZABLE', async (manager) => {
        await manager.insert(WordEntity, { word: 'lost' })
        await manager.insert(WordEntity, { word: 'kept' })
      }),
    )
    return {
      committed,
      refused,
      unknown: await failureOf(() => open({ isolationLevel: 'CHAOS' })),
      words: await dataSource.getRepository(WordEntity).find(),
    }
  },

  'runs a transaction step by step with a query runner': async ({ open }) => {
    const dataSource = await open({ ...withWords, poolSize: 2 })
    const runner = dataSource.createQueryRunner()
    await runner.connect()
    await runner.startTransaction()
    await runner.manager.insert(WordEntity, { word: 'unseen' })
    const outside = await dataSource.getRepository(WordEntity).count()
    await runner.rollbackTransaction()
    const twice = await failureOf(() => runner.rollbackTransaction())
    await runner.release()
    return { outside, twice, released: await failureOf(() => runner.query('SELECT 1')) }
  },

  "reports the server's errors": async ({ open }) => {
    const dataSource = await open(withWords)
    const words = dataSource.getRepository(WordEntity)
    await words.insert({ word: 'one' })
    return {
      twice: await failureOf(() => words.save({ word: 'one' })),
      tooLong: await failureOf(() => words.insert({ word: 'x'.repeat(99) })),
      syntax: await failureOf(() => dataSource.query('SELEKT 1')),
    }
  },

  'streams rows': async ({ open }) => {
    const dataSource = await open({ ...withWords, poolSize: 1 })
    const words = dataSource.getRepository(WordEntity)
    await words.insert(Array.from({ length: 120 }, (_, i) => ({ word: `word ${i}` })))
    const rows: unknown[] = []
    for await (const row of await words.createQueryBuilder('t').orderBy('t.id').stream()) rows.push(row)
    const failure = await failureOf(async () => {
      for await (const _row of await words.createQueryBuilder('t').where('t.nothing = 1').stream());
    })
    return { rows, failure, after: await words.count() }
  },
}

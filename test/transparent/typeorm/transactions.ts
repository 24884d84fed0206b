// TypeORM's transactions.
import type { DataSource, EntityManager } from 'typeorm'
import { effectsOf, refusalsAt, type Side, type Within } from '../isolation.ts'
import { failureOf } from '../shown.ts'
import { WordEntity } from './entities.ts'
import type { Scenario } from './open.ts'

const sideOf = (manager: EntityManager): Side => ({
  count: () => manager.count(WordEntity),
  add: (word) => manager.insert(WordEntity, { word }),
})

const within =
  (dataSource: DataSource): Within =>
  (level, work) =>
    level
      ? dataSource.transaction(level, (manager) => work(sideOf(manager)))
      : dataSource.transaction((manager) => work(sideOf(manager)))

export const transactionScenarios: Record<string, Scenario> = {
  'commits and rolls back': async ({ open }) => {
    const dataSource = await open({ entities: [WordEntity], synchronize: true })
    const words = dataSource.getRepository(WordEntity)
    const committed = await dataSource.transaction((manager) => manager.save(WordEntity, { word: 'kept' }))
    const thrown = await failureOf(() =>
      dataSource.transaction(async (manager) => {
        await manager.save(WordEntity, { word: 'lost' })
        throw new TypeError('changed my mind')
      }),
    )
    const refused = await failureOf(() =>
      dataSource.transaction(async (manager) => {
        await manager.insert(WordEntity, { word: 'lost' })
        await manager.insert(WordEntity, { word: 'kept' })
      }),
    )
    return { committed, thrown, refused, words: await words.find() }
  },

  'nests transactions by savepoints': async ({ open }) => {
    const dataSource = await open({ entities: [WordEntity], synchronize: true })
    await dataSource.transaction(async (outer) => {
      await outer.insert(WordEntity, { word: 'outer' })
      await outer
        .transaction(async (inner) => {
          await inner.insert(WordEntity, { word: 'inner' })
          throw new Error('only this one')
        })
        .catch(() => {})
      await outer.transaction((inner) => inner.insert(WordEntity, { word: 'second' }))
    })
    return dataSource.getRepository(WordEntity).find({ select: { word: true }, order: { word: 'ASC' } })
  },

  'applies isolation levels': async ({ type, open }) => {
    const dataSource = await open({ entities: [WordEntity], synchronize: true, poolSize: 2 })
    const always = await open({ entities: [WordEntity], isolationLevel: 'SERIALIZABLE', poolSize: 2 })
    return {
      effects: await effectsOf(type === 'postgres' ? 'postgres' : 'mysql', within(dataSource)),
      always: await refusalsAt(undefined, within(always)),
      unknown: await failureOf(() => open({ isolationLevel: 'CHAOS' })),
    }
  },

  'runs step by step with a query runner': async ({ open }) => {
    const dataSource = await open({ entities: [WordEntity], synchronize: true, poolSize: 2 })
    const runner = dataSource.createQueryRunner()
    await runner.connect()
    await runner.startTransaction()
    await runner.manager.insert(WordEntity, { word: 'unseen' })
    const outside = await dataSource.getRepository(WordEntity).count()
    const states = [runner.isTransactionActive, runner.isReleased]
    await runner.rollbackTransaction()
    const twice = await failureOf(() => runner.rollbackTransaction())
    await runner.startTransaction('SERIALIZABLE')
    await runner.query("INSERT INTO word (word) VALUES ('seen')")
    const structured = await runner.query('SELECT word FROM word', [], true)
    await runner.commitTransaction()
    await runner.release()
    return {
      outside,
      states,
      twice,
      structured: { records: structured.records, affected: structured.affected },
      released: await failureOf(() => runner.query('SELECT 1')),
      inside: await dataSource.getRepository(WordEntity).find(),
    }
  },

  'locks rows': async ({ open }) => {
    const dataSource = await open({ entities: [WordEntity], synchronize: true })
    await dataSource.getRepository(WordEntity).insert([{ word: 'a' }, { word: 'b' }])
    return dataSource.transaction(async (manager) => {
      const mine = await manager.findOne(WordEntity, {
        where: { word: 'a' },
        lock: { mode: 'pessimistic_write' },
      })
      const theirs = await failureOf(() =>
        dataSource.transaction((other) =>
          other.findOne(WordEntity, {
            where: { word: 'a' },
            lock: { mode: 'pessimistic_write', onLocked: 'nowait' },
          }),
        ),
      )
      return { mine, theirs }
    })
  },
}

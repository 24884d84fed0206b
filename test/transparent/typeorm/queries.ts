// TypeORM's queries: streams and errors.
import { failureOf } from '../shown.ts'
import { WordEntity } from './entities.ts'
import type { Scenario } from './open.ts'

const withWords = { entities: [WordEntity], synchronize: true }

export const queryScenarios: Record<string, Scenario> = {
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

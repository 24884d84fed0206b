// TypeORM's query builder, streams, subscribers and logs.
import { type EntitySubscriberInterface, EventSubscriber, type ObjectLiteral } from 'typeorm'
import { failureOf } from '../shown.ts'
import { AuthorEntity, BookEntity, entities, TagEntity, WordEntity } from './entities.ts'
import { Notes } from './notes.ts'
import type { Scenario } from './open.ts'
import { library } from './relations.ts'

export const queryScenarios: Record<string, Scenario> = {
  'builds queries': async ({ open }) => {
    const dataSource = await open({ entities, synchronize: true })
    await library(dataSource)
    const books = dataSource.getRepository(BookEntity)
    const returning = dataSource.driver.isReturningSqlSupported('insert') ? ['id', 'title'] : []
    const insert = books
      .createQueryBuilder()
      .insert()
      .values([{ title: 'More', pages: 1 }])
    return {
      joined: await books
        .createQueryBuilder('book')
        .innerJoinAndSelect('book.author', 'author', 'author.name <> :no', { no: 'Cyd' })
        .leftJoinAndSelect('book.tags', 'tag')
        .where('book.pages BETWEEN :low AND :high', { low: 60, high: 200 })
        .orderBy('book.title')
        .addOrderBy('tag.word')
        .getMany(),
      raw: await books
        .createQueryBuilder('book')
        .select('count(*)', 'n')
        .addSelect('sum(book.pages)', 'pages')
        .getRawOne(),
      paged: await books.createQueryBuilder('b').orderBy('b.id').take(1).skip(1).getManyAndCount(),
      sub: await dataSource
        .createQueryBuilder()
        .select('author.name', 'name')
        .from(AuthorEntity, 'author')
        .where(
          (query) => `author.id IN ${query.subQuery().select('b.authorId').from(BookEntity, 'b').getQuery()}`,
        )
        .orderBy('author.name')
        .getRawMany(),
      sql: books.createQueryBuilder('b').where('b.id = :id', { id: 3 }).getQueryAndParameters(),
      inserted: await (returning.length > 0 ? insert.returning(returning) : insert).execute(),
      updated: await books.createQueryBuilder().update().set({ pages: 2 }).where('pages = 1').execute(),
      upserted: await dataSource
        .createQueryBuilder()
        .insert()
        .into(TagEntity)
        .values({ word: 'math' })
        .orUpdate(['word'], ['word'])
        .execute(),
      ignored: await dataSource
        .createQueryBuilder()
        .insert()
        .into(TagEntity)
        .values({ word: 'math' })
        .orIgnore()
        .execute(),
      deleted: await books.createQueryBuilder().delete().where('pages = 2').execute(),
      exists: await books.createQueryBuilder('b').where('b.pages > 1000').getExists(),
      bad: await failureOf(() => books.createQueryBuilder('b').where('b.nothing = 1').getMany()),
    }
  },

  'streams rows': async ({ open }) => {
    const dataSource = await open({ entities: [WordEntity], synchronize: true, poolSize: 1 })
    const words = dataSource.getRepository(WordEntity)
    await words.insert(Array.from({ length: 120 }, (_, i) => ({ word: `word ${i}` })))
    const rows: unknown[] = []
    for await (const row of await words.createQueryBuilder('t').orderBy('t.id').stream()) rows.push(row)
    const failure = await failureOf(async () => {
      for await (const _row of await words.createQueryBuilder('t').where('t.nothing = 1').stream());
    })
    return { rows, failure, after: await words.count() }
  },

  'reports everything to subscribers and the logger': async ({ open }) => {
    const told: unknown[] = []
    const tell =
      (what: string) =>
      ({ entity }: { entity?: ObjectLiteral | undefined }): void =>
        void told.push([what, entity && { ...entity }])
    class Watcher implements EntitySubscriberInterface {
      beforeInsert = tell('beforeInsert')
      afterInsert = tell('afterInsert')
      afterUpdate = tell('afterUpdate')
      beforeRemove = tell('beforeRemove')
      afterRemove = tell('afterRemove')
      afterLoad = (entity: ObjectLiteral): void => void told.push(['afterLoad', { ...entity }])
      beforeTransactionStart = (): void => void told.push('beforeTransactionStart')
      afterTransactionCommit = (): void => void told.push('afterTransactionCommit')
      afterTransactionRollback = (): void => void told.push('afterTransactionRollback')
      beforeQuery = ({ query }: { query: string }): void => void told.push(['beforeQuery', query])
      afterQuery = ({ success, rawResults }: { success: boolean; rawResults?: unknown }): void =>
        void told.push(['afterQuery', success, Array.isArray(rawResults) && rawResults.length])
    }
    EventSubscriber()(Watcher)
    const logger = new Notes()
    const dataSource = await open({
      entities: [WordEntity],
      synchronize: true,
      subscribers: [Watcher],
      logging: 'all',
      maxQueryExecutionTime: 60_000,
      logger,
    })
    const words = dataSource.getRepository(WordEntity)
    const word = await words.save({ word: 'one' })
    await words.save({ ...word, word: 'two' })
    await words.save({ word: 'two' }).catch(() => {})
    await words.remove(await words.findOneByOrFail({ word: 'two' }))
    return { told, lines: logger.lines }
  },

  'caches results in the database': async ({ open }) => {
    const logger = new Notes()
    const cache = { type: 'database', tableName: 'cached', duration: 60_000 }
    const dataSource = await open({
      entities: [WordEntity],
      synchronize: true,
      cache,
      logging: 'all',
      logger,
    })
    await dataSource.getRepository(WordEntity).insert({ word: 'first' })
    const words = dataSource.getRepository(WordEntity)
    const cached = () => words.find({ order: { word: 'ASC' }, cache: { id: 'words', milliseconds: 60_000 } })
    const first = await cached()
    await words.insert({ word: 'aaa' })
    const second = await cached()
    await dataSource.queryResultCache?.remove(['words'])
    return { first, second, third: await cached(), lines: logger.lines }
  },
}

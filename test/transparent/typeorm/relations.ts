// TypeORM's relations: what is saved and loaded together.
import type { DataSource } from 'typeorm'
import { failureOf } from '../shown.ts'
import { AuthorEntity, BookEntity, entities, ProfileEntity, TagEntity, WordEntity } from './entities.ts'
import type { Scenario } from './open.ts'

export async function library(dataSource: DataSource): Promise<void> {
  const authors = dataSource.getRepository(AuthorEntity)
  await authors.save([
    {
      name: 'Ada',
      books: [
        { title: 'Engines', pages: 100, price: '9.50', tags: [{ word: 'math' }, { word: 'steam' }] },
        { title: 'Notes', pages: 50, data: { from: ['A', 'G'] } },
      ],
    },
    { name: 'Bob', books: [{ title: 'Boats', pages: 70 }] },
    { name: 'Cyd', books: [] },
  ])
}

export const relationScenarios: Record<string, Scenario> = {
  'saves and loads entities with their relations': async ({ open }) => {
    const dataSource = await open({ entities, synchronize: true })
    await library(dataSource)
    const authors = dataSource.getRepository(AuthorEntity)
    const books = dataSource.getRepository(BookEntity)
    const ada = await authors.findOneOrFail({ where: { name: 'Ada' }, relations: { books: true } })
    const [first] = ada.books
    if (first) await books.save({ ...first, pages: 101, tags: [...first.tags, { word: 'old' }] })
    return {
      ada,
      all: await authors.find({
        relations: { books: { tags: true } },
        order: { id: 'ASC', books: { id: 'ASC' } },
      }),
      eager: await books.find({ order: { id: 'ASC' } }),
      notEager: await books.find({ order: { id: 'ASC' }, loadEagerRelations: false }),
      ids: await books.find({ order: { id: 'ASC' }, loadRelationIds: { relations: ['author'] } }),
      tags: await dataSource
        .getRepository(TagEntity)
        .find({ relations: { books: true }, order: { word: 'ASC' } }),
      missing: await failureOf(() => authors.findOneByOrFail({ name: 'Nobody' })),
      none: await authors.findOneBy({ name: 'Nobody' }),
      counted: await books.findAndCount({ take: 2, skip: 1, order: { title: 'DESC' } }),
      sums: [await books.sum('pages'), await books.average('pages'), await books.maximum('pages')],
    }
  },

  'loads lazy relations when they are awaited': async ({ open }) => {
    const dataSource = await open({ entities, synchronize: true })
    const authors = dataSource.getRepository(AuthorEntity)
    const profiles = dataSource.getRepository(ProfileEntity)
    const author = await authors.save({ name: 'Lazy', books: [] })
    await profiles.save({ id: 'p-1', text: 'sleeps', author: Promise.resolve(author) })
    const found = await authors.findOneByOrFail({ name: 'Lazy' })
    const profile = await found.profile
    return {
      text: profile?.text,
      back: (await profile?.author)?.name,
      none: await profiles.countBy({ text: 'x' }),
    }
  },

  'soft-deletes, deletes and upserts': async ({ open }) => {
    const dataSource = await open({ entities, synchronize: true })
    await library(dataSource)
    const books = dataSource.getRepository(BookEntity)
    const tags = dataSource.getRepository(TagEntity)
    const boats = await books.findOneByOrFail({ title: 'Boats' })
    await books.softRemove(boats)
    const left = await books.find({ order: { id: 'ASC' }, select: { title: true } })
    await books.restore({ id: boats.id })
    await tags.upsert([{ word: 'math' }, { word: 'new' }], ['word'])
    await tags.insert({ word: 'more' })
    const { affected } = await tags.update({ word: 'more' }, { word: 'most' })
    await books.increment({ title: 'Boats' }, 'pages', 5)
    const removed = await books.remove(await books.findOneByOrFail({ title: 'Notes' }))
    await dataSource.getRepository(AuthorEntity).delete({ name: 'Ada' })
    return {
      left,
      affected,
      words: await tags.find({ order: { word: 'ASC' }, select: { word: true } }),
      removed: removed.title,
      books: await books.find({ order: { id: 'ASC' } }),
      cleared: (await failureOf(() => tags.clear())) !== undefined,
    }
  },

  "reports the server's errors and its own": async ({ open }) => {
    const dataSource = await open({ entities, synchronize: true })
    await library(dataSource)
    const authors = dataSource.getRepository(AuthorEntity)
    return {
      twice: await failureOf(() => authors.save({ name: 'Ada', books: [] })),
      orphan: await failureOf(() =>
        dataSource.getRepository(BookEntity).insert({ title: 'x', author: { id: 99 } }),
      ),
      tooLong: await failureOf(() => authors.insert({ name: 'x'.repeat(99) })),
      syntax: await failureOf(() => dataSource.query('SELEKT 1')),
      noTable: await failureOf(() => dataSource.query('SELECT * FROM nowhere')),
      noEntity: await failureOf(async () => dataSource.getRepository('Nothing').find()),
      noColumn: await failureOf(() => authors.find({ where: Object({ nothing: 1 }) })),
      notInitialized: await failureOf(() => dataSource.initialize()),
    }
  },

  'runs many at once': async ({ open }) => {
    const dataSource = await open({ entities: [WordEntity], synchronize: true, poolSize: 5 })
    const words = dataSource.getRepository(WordEntity)
    await Promise.all(Array.from({ length: 30 }, (_, i) => words.save({ word: `word ${i}` })))
    const found = await Promise.all(
      Array.from({ length: 30 }, (_, i) => words.findOneBy({ word: `word ${i}` })),
    )
    return found.map((row) => row?.word)
  },
}

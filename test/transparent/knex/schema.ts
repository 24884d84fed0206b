// Knex's schema builder.
import { failureOf } from '../shown.ts'
import type { Scenario } from './open.ts'

export const schemaScenarios: Record<string, Scenario> = {
  'creates, alters and drops tables': async ({ open }) => {
    const db = open()
    await db.schema.createTable('parts', (table) => {
      table.increments('id')
      table.string('name', 30).notNullable().defaultTo('none').comment('what it is called')
      table.text('story')
      table.bigInteger('big')
      table.boolean('good').defaultTo(true)
      table.date('day')
      table.datetime('moment')
      table.decimal('price', 8, 3)
      table.enu('size', ['s', 'm', 'l'])
      table.binary('raw')
      table.uuid('tag')
      table.unique(['name', 'size'])
    })
    const created = await db('parts').columnInfo()
    await db.schema.alterTable('parts', (table) => {
      table.dropColumn('story')
      table.renameColumn('big', 'bigger')
      table.integer('more').notNullable().defaultTo(7)
      table.index(['price'], 'by_price')
      table.string('name', 60).notNullable().alter()
    })
    const altered = await db('parts').columnInfo()
    await db.schema.renameTable('parts', 'pieces')
    return {
      created,
      altered,
      one: await db('pieces').columnInfo('price'),
      has: [
        await db.schema.hasTable('parts'),
        await db.schema.hasTable('pieces'),
        await db.schema.hasColumn('pieces', 'more'),
        await db.schema.hasColumn('pieces', 'story'),
      ],
      dropped: await db.schema.dropTable('pieces'),
      again: await failureOf(() => db.schema.dropTable('pieces')),
      ifExists: await db.schema.dropTableIfExists('pieces'),
    }
  },

  'creates foreign keys and indexes': async ({ open }) => {
    const db = open()
    await db.schema
      .createTable('owners', (table) => table.increments('id'))
      .createTable('things', (table) => {
        table.increments('id')
        table.integer('owner').unsigned().notNullable()
        table.foreign('owner', 'things_owner').references('owners.id').onDelete('CASCADE')
        table.integer('n')
        table.index('n', 'things_n')
      })
    await db('owners').insert([{ id: 1 }, { id: 2 }])
    await db('things').insert([
      { owner: 1, n: 1 },
      { owner: 2, n: 2 },
    ])
    const orphan = await failureOf(() => db('things').insert({ owner: 3 }))
    const deleted = await db('owners').where('id', 1).del()
    const left = await db('things').select()
    await db.schema.alterTable('things', (table) => {
      table.dropForeign('owner', 'things_owner')
      table.dropIndex('n', 'things_n')
    })
    await db('things').insert({ owner: 3 })
    return { orphan, deleted, left, unbound: await db('things').count('* as n') }
  },

  'creates views, and shows the SQL that it would run': async ({ open }) => {
    const db = open()
    await db.schema.createTable('numbers', (table) => table.integer('n'))
    await db('numbers').insert([{ n: 1 }, { n: 2 }, { n: 3 }])
    await db.schema.createView('odd', (view) => {
      view.columns(['n'])
      view.as(db('numbers').select('n').whereRaw('n % 2 = 1'))
    })
    const create = db.schema.createTable('more', (table) => table.increments('id')).toSQL()
    return {
      odd: await db('odd').orderBy('n'),
      sql: create.map(({ sql }: { sql: string }) => sql),
      select: db('odd').where({ n: 1 }).toSQL().toNative(),
      text: db('odd').where('n', '>', 1).toString(),
      dropped: await db.schema.dropView('odd'),
    }
  },

  'looks for tables in its own database': async ({ engine, open }) => {
    const db = open()
    const [other, name] = engine === 'postgres' ? ['SCHEMA', 'beside'] : ['DATABASE', 'beside']
    await db.raw(`DROP ${other} IF EXISTS ${name}`)
    await db.raw(`CREATE ${other} ${name}`)
    try {
      await db.schema.withSchema(name).createTable('here', (table) => table.integer('n'))
      return {
        withSchema: await db.schema.withSchema(name).hasTable('here'),
        without: await db.schema.hasTable('here'),
        columns: await db('here').withSchema(name).columnInfo(),
        none: await db('here').columnInfo(),
        rows: await db('here').withSchema(name).insert({ n: 1 }),
      }
    } finally {
      await db.raw(`DROP ${other} ${name}${engine === 'postgres' ? ' CASCADE' : ''}`)
    }
  },
}

/** @param {import('knex').Knex} knex */
export const up = (knex) =>
  knex.schema.createTable('users', (table) => {
    table.increments('id')
    table.string('email').notNullable().unique()
    table.json('settings')
    table.timestamp('made').defaultTo(knex.fn.now())
  })

/** @param {import('knex').Knex} knex */
export const down = (knex) => knex.schema.dropTable('users')

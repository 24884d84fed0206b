/** @param {import('knex').Knex} knex */
export const up = (knex) =>
  knex.schema.createTable('orders', (table) => {
    table.increments('id')
    table.integer('user_id').unsigned().references('id').inTable('users').onDelete('CASCADE')
    table.decimal('total', 10, 2).defaultTo(0)
    table.index(['user_id', 'total'])
  })

/** @param {import('knex').Knex} knex */
export const down = (knex) => knex.schema.dropTable('orders')

/** @param {import('knex').Knex} knex */
export const up = (knex) =>
  knex.schema.alterTable('users', (table) => {
    table.string('name', 40)
  })

/** @param {import('knex').Knex} knex */
export const down = (knex) =>
  knex.schema.alterTable('users', (table) => {
    table.dropColumn('name')
  })

export const config = { transaction: false }

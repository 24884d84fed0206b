/** @param {import('knex').Knex} knex */
export const seed = async (knex) => {
  await knex('users').del()
  await knex('users').insert([
    { email: 'ada@example.org', settings: JSON.stringify({ dark: true }) },
    { email: 'bob@example.org', settings: null },
  ])
}

// Strapi's database, with the config after Strapi has merged it.
const { Database } = require('@strapi/database')
const lodash = require('lodash')
const { default: config } = require('../strapi/config/database.ts')

async function main() {
  const settings = { migrations: { dir: 'strapi/database/migrations' } }
  const database = new Database(lodash.merge(config(), { settings }))
  const { rows } = await database.connection.raw('SELECT current_user AS user')
  console.log(rows[0].user)
  await database.destroy()
}

main()

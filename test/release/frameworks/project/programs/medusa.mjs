// The connection that Medusa's modules share, from Medusa's config.
import { defineConfig, ModulesSdkUtils } from '@medusajs/utils'

const { projectConfig } = defineConfig()
const knex = ModulesSdkUtils.createPgConnection({
  clientUrl: projectConfig.databaseUrl,
  driverOptions: projectConfig.databaseDriverOptions ?? {},
})
const { rows } = await knex.raw('SELECT current_user AS user')
console.log(rows[0].user)
await knex.destroy()

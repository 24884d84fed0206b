// A plugin's database in Backstage. Backstage's own code fills in the variables of the config.
import { readFileSync } from 'node:fs'
import { DatabaseManager } from '@backstage/backend-defaults/database'
import { ConfigReader } from '@backstage/config'
import { parse } from 'yaml'

const text = readFileSync(new URL('../backstage/app-config.yaml', import.meta.url), 'utf8')
const config = new ConfigReader(parse(text.replace(/\$\{(\w+)\}/g, (_, name) => process.env[name])))
const logger = { child: () => logger, debug() {}, info() {}, warn: console.warn, error: console.error }
const hooks = []
const lifecycle = { addShutdownHook: (hook) => hooks.push(hook), addStartupHook() {} }
const manager = DatabaseManager.fromConfig(config, { rootLifecycle: lifecycle, rootLogger: logger })
const client = await manager.forPlugin('catalog', { logger, lifecycle }).getClient()
const { rows } = await client.raw('SELECT current_user AS user')
console.log(rows[0].user)
for (const hook of hooks) await hook()
await client.destroy()

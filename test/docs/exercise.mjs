// Runs a block. Pools and the like that it exports are then used, as who imports them would; so is a Lambda's handler.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , file = ''] = process.argv
const exported = await import(pathToFileURL(resolve(file)).href)
for (const each of Object.values(exported)) await use(each)
if (typeof exported.handler === 'function') {
  await exported.handler()
  process.exit() // Lambda doesn't wait for open connections either
}

/** @param {any} database */
async function use(database) {
  if (typeof database?.$queryRawUnsafe === 'function') {
    await database.$queryRawUnsafe('SELECT 1')
    await database.$disconnect()
  } else if (typeof database?.raw === 'function') {
    await database.raw('SELECT 1')
    await database.destroy()
  } else if (typeof database?.initialize === 'function') {
    await database.initialize()
    await database.query('SELECT 1')
    await database.destroy()
  } else if (typeof database?.query === 'function') {
    await database.query('SELECT 1')
    await database.end()
  }
}

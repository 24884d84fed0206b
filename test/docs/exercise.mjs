// Runs a block and uses what it exports, as an importing module would: a pool, an ORM, a Lambda handler, or Express's
// sessions.
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , file = ''] = process.argv
const exported = await import(pathToFileURL(resolve(file)).href)
for (const each of Object.values(exported)) await use(each)
if (typeof exported.sessions === 'function') {
  await visit(exported.sessions)
  process.exit() // a web server doesn't end its pool
}
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

/**
 * Sends a first request, so that a session is stored.
 *
 * @param {any} sessions
 */
async function visit(sessions) {
  const server = createServer((request, response) =>
    sessions(request, response, (/** @type {unknown} */ error) => {
      if (error) throw error
      Object.assign(request, { session: Object.assign(Object(request).session, { visits: 1 }) })
      response.end()
    }),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const [response] = await once(get({ port: Object(server.address()).port }), 'response')
  await once(response.resume(), 'end')
  if (!response.headers['set-cookie']) throw new Error('no session was stored')
}

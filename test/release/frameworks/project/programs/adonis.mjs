// Lucid with the config of the page writes on one server and reads from the other, which doesn't have the written row.
import { Database } from '@adonisjs/lucid/database'
import config from '../adonis/config/database.ts'

const logger = { trace() {}, debug() {}, warn: console.warn, error: console.error }
const emitter = { emit() {}, hasListeners: () => false }
const database = new Database(config, logger, emitter)
await database.connection().schema.createTable('written', (table) => table.integer('id'))
await database.table('written').insert({ id: 1 })
const read = await database.query().select(database.raw("to_regclass('written') AS written")).first()
console.log(read)
await database.manager.closeAll()

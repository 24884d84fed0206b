// MikroORM 6 on MySQL, with the config in the place that the page names.
import { EntitySchema, MikroORM } from '@mikro-orm/mysql'
import { iamMysql2Config } from '@rds-iam/core/mysql2'

const Note = new EntitySchema({ name: 'Note', properties: { id: { type: 'number', primary: true } } })
const orm = await MikroORM.init({
  entities: [Note],
  dbName: 'app',
  driverOptions: { connection: iamMysql2Config() },
})
console.log(await orm.em.fork().execute('SELECT current_user() AS user'))
await orm.close()

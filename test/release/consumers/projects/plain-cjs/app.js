// CommonJS without a compiler. An import gets the same functions and classes as a require.
const assert = require('node:assert')
const core = require('@rds-iam/core')
const { iamConnection } = require('@rds-iam/knex')
const { iamDataSourceOptions } = require('@rds-iam/typeorm')
const knex = require('knex')
const { DataSource } = require('typeorm')

const type = process.env.DATABASE_URL?.startsWith('postgres') ? 'postgres' : 'mysql'

async function run() {
  const db = knex({ client: type === 'postgres' ? 'pg' : 'mysql2', connection: iamConnection() })
  await db.raw('SELECT now() AS now')
  await db.destroy()
  console.log('knex: now')

  const dataSource = await new DataSource(iamDataSourceOptions({ type })).initialize()
  await dataSource.query('SELECT now() AS now')
  await dataSource.destroy()
  console.log('typeorm: now')

  const imported = await import('@rds-iam/core')
  assert.deepStrictEqual({ ...imported, 'module.exports': 0 }, { ...imported, ...core, 'module.exports': 0 })
  assert.equal(imported.RdsIamError, core.RdsIamError)
  assert.throws(() => core.createTokenSource({ host: '' }), imported.RdsIamError)
  for (const entry of [
    'core/pg',
    'core/mysql2',
    'core/mariadb',
    'prisma',
    'prisma/pg',
    'prisma/mariadb',
    'local',
  ]) {
    const required = require(`@rds-iam/${entry}`)
    const { 'module.exports': _, default: __, ...named } = await import(`@rds-iam/${entry}`)
    assert.deepStrictEqual(named, { ...required })
  }
  console.log('require and import: the same')
}

run()

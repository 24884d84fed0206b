// The options of Prisma's adapters, and their effects.
import { failureOf } from '../shown.ts'
import { limit, type Scenario } from './open.ts'

export const optionScenarios: Record<string, Scenario> = {
  'describes its adapter': async ({ engine, adapter }) => {
    const factory = adapter(limit(engine, 2))
    const connected = await factory.connect()
    try {
      return {
        factory: [factory.provider, factory.adapterName],
        connected: [
          connected.provider,
          connected.adapterName,
          connected.constructor.name,
          Object.keys(connected).sort(),
        ],
        info: connected.getConnectionInfo(),
        driver: connected.underlyingDriver().constructor.name,
        rows: await connected.queryRaw({ sql: 'SELECT 1 AS one', args: [], argTypes: [] }),
        failure: await failureOf(() => connected.queryRaw({ sql: 'SELEKT', args: [], argTypes: [] })),
      }
    } finally {
      await connected.dispose()
    }
  },
}

/** Scenarios that only PostgreSQL supports. */
export const postgresOptionScenarios: Record<string, Scenario> = {
  'passes driver options to the driver': async ({ open, openUrl, adapter, client }) => {
    const prisma = open({ application_name: 'orders', statement_timeout: 1500, options: '-c work_mem=1MB' })
    await prisma.$executeRaw`CREATE SCHEMA apart CREATE TABLE "Tag" (id serial, word text)`
    const apart = client(adapter({}, { schema: 'apart' }))
    await apart.tag.create({ data: { word: 'apart' } })
    const byUrl = openUrl('application_name=from-url', { schema: 'apart' })
    return {
      name: await prisma.$queryRaw`SHOW application_name`,
      memory: await prisma.$queryRaw`SHOW work_mem`,
      timeout: await failureOf(() => prisma.$queryRaw`SELECT pg_sleep(60)`),
      apart: [await apart.tag.findMany(), await prisma.tag.findMany(), await byUrl.tag.findMany()],
      byUrl: await byUrl.$queryRaw`SHOW application_name`,
    }
  },

  'creates a shadow database': async ({ adapter }) => {
    // Prisma doesn't end the pool that creates the database, so the pool needs an idle timeout.
    const shadow = await Object(adapter({ idleTimeoutMillis: 50 })).connectToShadowDb()
    try {
      const { rows } = await shadow.queryRaw({ sql: 'SELECT current_database()', args: [], argTypes: [] })
      await shadow.executeScript('CREATE TABLE t (n int); INSERT INTO t VALUES (1);')
      return { isShadow: String(rows[0][0]).startsWith('prisma_migrate_shadow_db_') }
    } finally {
      await shadow.underlyingDriver().end()
      await shadow.dispose().catch(() => {})
    }
  },
}

/** Scenarios that only MySQL and MariaDB support. */
export const mysqlOptionScenarios: Record<string, Scenario> = {
  'passes driver options to the driver': async ({ open, openUrl, adapter, client }) => {
    const ask = 'SELECT @@collation_connection AS collation, @@sql_mode AS mode'
    const prisma = open({ collation: 'UTF8MB4_BIN', initSql: "SET sql_mode = 'ANSI'", minimumIdle: 1 })
    const byUrl = openUrl('connectionLimit=2&collation=UTF8MB4_BIN')
    const text = client(adapter({}, { useTextProtocol: true, database: 'app' }))
    return {
      options: await prisma.$queryRawUnsafe(ask),
      byUrl: await byUrl.$queryRawUnsafe(ask),
      text: [await text.tag.create({ data: { word: 'text' } }), await text.tag.findMany()],
      many: await open({ multipleStatements: true }).$queryRawUnsafe('SELECT 1 AS a'),
      zone: await open({ timezone: '+05:00' }).$queryRaw`SELECT cast('2024-01-02 03:04:05' AS datetime) AS t`,
    }
  },
}

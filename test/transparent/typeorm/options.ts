// TypeORM's options, in all their forms, and their effects.
import { failureOf } from '../shown.ts'
import { WordEntity } from './entities.ts'
import { less } from './less.ts'
import { type Scenario, width } from './open.ts'

const words = [WordEntity]

export const optionScenarios: Record<string, Scenario> = {
  'shows its options, except for the login': async ({ type, make }) => {
    const extra = { [type === 'postgres' ? 'max' : 'connectionLimit']: 3 }
    const dataSource = make({ entities: [], extra, poolSize: 4, name: 'mine', logging: ['error'] })
    await dataSource.initialize()
    const bare = make()
    return {
      options: less(dataSource.options),
      driver: less(dataSource.driver.options),
      bare: less(bare.options),
      database: [dataSource.driver.database, bare.driver.database],
      replicated: dataSource.driver.isReplicated,
      keys: Object.keys(dataSource.driver),
      version: dataSource.driver.version,
    }
  },

  'accepts other options later': async (kit) => {
    const dataSource = kit.make({ entities: words })
    dataSource.setOptions({ synchronize: true, entityPrefix: 'late_', logging: false })
    await dataSource.initialize()
    const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName)
    await dataSource.destroy()
    dataSource.setOptions(kit.options({ entities: words, entityPrefix: 'later_', poolSize: 2 }))
    await dataSource.initialize()
    const beside = kit.make()
    beside.setOptions({ database: kit.type === 'postgres' ? 'postgres' : 'mysql' })
    await beside.initialize()
    return {
      beside: [beside.driver.database, await beside.createQueryRunner().getCurrentDatabase()],
      tables,
      later: dataSource.entityMetadatas.map(({ tableName }) => tableName),
      width: await width(kit, dataSource),
    }
  },

  'accepts a URL': async (kit) => {
    const dataSource = await kit.openUrl({ entities: words, synchronize: true })
    const { url } = kit
    const replicated = await kit.open({
      replication: { master: { url }, slaves: [{ url }] },
      entities: words,
    })
    return {
      database: [dataSource.driver.database, replicated.driver.database],
      rows: await dataSource.getRepository(WordEntity).find(),
      ofSlave: await replicated.getRepository(WordEntity).find(),
    }
  },
}

/** Scenarios that only PostgreSQL supports. */
export const postgresOptionScenarios: Record<string, Scenario> = {
  // On MySQL the login is in `extra`.
  'accepts other driver options later': async (kit) => {
    const dataSource = kit.make()
    dataSource.setOptions(Object({ extra: { max: 2, application_name: 'later' } }))
    await dataSource.initialize()
    return { name: await dataSource.query('SHOW application_name'), width: await width(kit, dataSource) }
  },

  'passes driver options to the driver': async ({ open, server }) => {
    const dataSource = await open({
      applicationName: 'orders',
      connectTimeoutMS: 40_000,
      extra: { statement_timeout: 1500, options: '-c work_mem=1MB' },
    })
    const named = { ...server, applicationName: 'of the server' }
    const replicated = await open({ replication: { master: named, slaves: [named] } })
    return {
      name: await dataSource.query('SHOW application_name'),
      memory: await dataSource.query('SHOW work_mem'),
      timeout: await failureOf(() => dataSource.query('SELECT pg_sleep(60)')),
      replicated: await replicated.query('SHOW application_name'),
      types: await (
        await open({ extra: { types: { getTypeParser: () => (text: string) => `«${text}»` } } })
      ).query('SELECT 1 AS n'),
    }
  },
}

/** Scenarios that only MySQL and MariaDB support. */
export const mysqlOptionScenarios: Record<string, Scenario> = {
  'passes driver options to the driver': async ({ open }) => {
    const ask = async (options: Record<string, unknown>, sql: string): Promise<unknown> =>
      (await open(options)).query(sql)
    const values =
      "SELECT cast('2024-01-02' AS date) AS day, @@collation_connection AS collation, 9007199254740993 AS big"
    return {
      options: await ask(
        { dateStrings: true, charset: 'utf8mb4_bin', multipleStatements: true },
        `${values}; SELECT 2 AS n`,
      ),
      extra: await ask({ extra: { dateStrings: true, charset: 'utf8mb4_bin' } }, values),
      numbers: await ask({ bigNumberStrings: false, supportBigNumbers: false }, values),
      timezone: await ask({ timezone: '+05:00' }, "SELECT cast('2024-01-02 03:04:05' AS datetime) AS t"),
      many: await failureOf(() => ask({}, 'SELECT 1; SELECT 2')),
      flags: await ask(
        { flags: ['-FOUND_ROWS'], connectTimeout: 40_000, debug: false, trace: true },
        'SELECT 1 AS n',
      ),
      cast: await ask(
        { extra: { typeCast: (field: { string(): string }) => `«${field.string()}»` } },
        'SELECT 1 AS n',
      ),
      legacy: await ask({ legacySpatialSupport: false, insecureAuth: false }, 'SELECT 1 AS n'),
    }
  },
}

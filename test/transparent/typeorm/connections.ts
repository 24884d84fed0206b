// TypeORM's data sources and their pools: options, replication, ends.
import type { DataSource } from 'typeorm'
import { vi } from 'vitest'
import { failureOf, rejectionOf } from '../shown.ts'
import { WordEntity } from './entities.ts'
import { less } from './less.ts'
import { Notes } from './notes.ts'
import type { Kit, Scenario } from './open.ts'

const words = [WordEntity]

const connectionId = ({ type }: Kit): string =>
  type === 'postgres' ? 'SELECT pg_backend_pid() AS id' : 'SELECT connection_id() AS id'

async function idOf(kit: Kit, dataSource: DataSource): Promise<unknown> {
  return (await dataSource.query(connectionId(kit)))[0].id
}

/** How many connections a data source opens for 12 queries at once. */
async function width({ type }: Kit, dataSource: DataSource): Promise<number> {
  await Promise.all(Array.from({ length: 12 }, () => dataSource.query('SELECT 1')))
  const driver = Object(dataSource.driver)
  return type === 'postgres' ? driver.master.totalCount : driver.pool._allConnections.length
}

export const connectionScenarios: Record<string, Scenario> = {
  'shows its options, without what is about the login': async ({ type, make }) => {
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

  'opens as many connections as it may': async (kit) => {
    const limit = kit.type === 'postgres' ? 'max' : 'connectionLimit'
    return {
      poolSize: await width(kit, await kit.open({ poolSize: 3 })),
      extra: await width(kit, await kit.open({ extra: { [limit]: 2 } })),
      both: await width(kit, await kit.open({ poolSize: 3, extra: { [limit]: 4 } })),
      neither: await width(kit, await kit.open()),
    }
  },

  'is initialized, destroyed, and initialized again': async (kit) => {
    const dataSource = kit.make({ entities: words, synchronize: true })
    const early = await failureOf(() => dataSource.query('SELECT 1'))
    await dataSource.initialize()
    const twice = await failureOf(() => dataSource.initialize())
    const saved = await dataSource.getRepository(WordEntity).save({ word: 'first' })
    await dataSource.destroy()
    const late = await failureOf(() => dataSource.getRepository(WordEntity).find())
    const destroyedTwice = await failureOf(() => dataSource.destroy())
    await dataSource.initialize()
    return {
      early,
      twice,
      saved,
      late,
      destroyedTwice,
      again: await dataSource.getRepository(WordEntity).find(),
    }
  },

  'takes other options later': async (kit) => {
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

  'goes side by side with others': async (kit) => {
    const all = await Promise.all(
      Array.from({ length: 5 }, (_, i) => kit.open({ entities: words, entityPrefix: `s${i}_` })),
    )
    for (const dataSource of all) await dataSource.synchronize()
    await Promise.all(
      all.map((dataSource, i) => dataSource.getRepository(WordEntity).insert({ word: `of ${i}` })),
    )
    return Promise.all(all.map((dataSource) => dataSource.getRepository(WordEntity).find()))
  },

  'takes a URL': async (kit) => {
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

  'opens anew after the server has closed its connection': async (kit) => {
    const told: string[] = []
    const poolErrorHandler = (error: Error): void => void told.push(error.message)
    const dataSource = await kit.open({ poolSize: 1, poolErrorHandler })
    const killer = await kit.open()
    const before = await idOf(kit, dataSource)
    const runner = dataSource.createQueryRunner()
    const raw: unknown = await runner.connect()
    const ended = new Promise((resolve) =>
      Object(raw).once(kit.type === 'postgres' ? 'end' : 'error', resolve),
    )
    await killer.query(kit.type === 'postgres' ? `SELECT pg_terminate_backend(${before})` : `KILL ${before}`)
    await ended
    const inside = await failureOf(() => runner.query('SELECT 1'))
    await runner.release()
    const after = await vi.waitFor(() => idOf(kit, dataSource))
    return { inside, another: after !== before, told }
  },

  'is told that the database is not there': async ({ make }) => {
    const dataSource = make({ database: 'nowhere' })
    const failure = await failureOf(() => dataSource.initialize())
    return {
      failure,
      initialized: dataSource.isInitialized,
      again: await failureOf(() => dataSource.initialize()),
    }
  },

  'is told that its login is rejected': async ({ makeWrongly }) => {
    const dataSource = makeWrongly()
    const first = await rejectionOf(() => dataSource.initialize())
    return {
      first,
      initialized: dataSource.isInitialized,
      again: await rejectionOf(() => dataSource.initialize()),
    }
  },

  'is told that nobody listens': async ({ make, open }) => {
    // Port 1 of this machine: nobody may listen there.
    const failure = await failureOf(() => make({ host: '127.0.0.1', port: 1 }).initialize())
    return { failure, login: await (await open()).query('SELECT 1 AS one') }
  },
}

/** What PostgreSQL alone has. */
export const postgresConnectionScenarios: Record<string, Scenario> = {
  // On MySQL the login is in `extra`.
  'takes other options of the driver later': async (kit) => {
    const dataSource = kit.make()
    dataSource.setOptions(Object({ extra: { max: 2, application_name: 'later' } }))
    await dataSource.initialize()
    return { name: await dataSource.query('SHOW application_name'), width: await width(kit, dataSource) }
  },

  'hands options of the driver to the driver': async ({ open, server }) => {
    const dataSource = await open({
      applicationName: 'orders',
      connectTimeoutMS: 4000,
      extra: { statement_timeout: 50, options: '-c work_mem=1MB' },
    })
    const named = { ...server, applicationName: 'of the server' }
    const replicated = await open({ replication: { master: named, slaves: [named] } })
    return {
      name: await dataSource.query('SHOW application_name'),
      memory: await dataSource.query('SHOW work_mem'),
      timeout: await failureOf(() => dataSource.query('SELECT pg_sleep(5)')),
      replicated: await replicated.query('SHOW application_name'),
      types: await (
        await open({ extra: { types: { getTypeParser: () => (text: string) => `«${text}»` } } })
      ).query('SELECT 1 AS n'),
    }
  },

  'tells of notices and notifications': async ({ open }) => {
    const logger = new Notes()
    const dataSource = await open({ logNotifications: true, poolSize: 1, logging: ['info'], logger })
    await dataSource.query('LISTEN news')
    await dataSource.query("DO $$ BEGIN RAISE NOTICE 'look here'; END $$")
    await dataSource.query("NOTIFY news, 'all well'")
    const heard = () => logger.lines.filter((line) => JSON.stringify(line).includes('"info"'))
    await vi.waitFor(() => {
      if (heard().length < 2) throw new Error('nothing heard')
    })
    return heard()
  },
}

/** What MySQL and MariaDB alone have. */
export const mysqlConnectionScenarios: Record<string, Scenario> = {
  'hands options of the driver to the driver': async ({ open }) => {
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
        { flags: ['-FOUND_ROWS'], connectTimeout: 4000, debug: false, trace: true },
        'SELECT 1 AS n',
      ),
      cast: await ask(
        { extra: { typeCast: (field: { string(): string }) => `«${field.string()}»` } },
        'SELECT 1 AS n',
      ),
      legacy: await ask({ legacySpatialSupport: false, insecureAuth: false }, 'SELECT 1 AS n'),
    }
  },

  'gives up when a query takes too long': async ({ open }) => {
    const logger = new Notes()
    const dataSource = await open({
      enableQueryTimeout: true,
      maxQueryExecutionTime: 300,
      poolSize: 1,
      logger,
    })
    return { failure: await failureOf(() => dataSource.query('SELECT sleep(0.6)')) }
  },
}

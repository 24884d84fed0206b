// TypeORM's data sources and their pools: limits, initialization and destroy().
import type { DataSource } from 'typeorm'
import { vi } from 'vitest'
import { failureOf } from '../shown.ts'
import { WordEntity } from './entities.ts'
import { Notes } from './notes.ts'
import { type Kit, type Scenario, width } from './open.ts'

const words = [WordEntity]

const connectionId = ({ type }: Kit): string =>
  type === 'postgres' ? 'SELECT pg_backend_pid() AS id' : 'SELECT connection_id() AS id'

async function idOf(kit: Kit, dataSource: DataSource): Promise<unknown> {
  return (await dataSource.query(connectionId(kit)))[0].id
}

export const connectionScenarios: Record<string, Scenario> = {
  'opens connections up to its maximum': async (kit) => {
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

  'opens a new connection after the server has closed one': async (kit) => {
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
    const after = await vi.waitFor(() => idOf(kit, dataSource), 30_000)
    return { inside, another: after !== before, told }
  },
}

/** Scenarios that only PostgreSQL supports. */
export const postgresConnectionScenarios: Record<string, Scenario> = {
  'emits notices and notifications': async ({ open }) => {
    const logger = new Notes()
    const dataSource = await open({ logNotifications: true, poolSize: 1, logging: ['info'], logger })
    await dataSource.query('LISTEN news')
    await dataSource.query("DO $$ BEGIN RAISE NOTICE 'look here'; END $$")
    await dataSource.query("NOTIFY news, 'all well'")
    const heard = () => logger.lines.filter((line) => JSON.stringify(line).includes('"info"'))
    await vi.waitFor(() => {
      if (heard().length < 2) throw new Error('nothing heard')
    }, 30_000)
    return heard()
  },
}

/** Scenarios that only MySQL and MariaDB support. */
export const mysqlConnectionScenarios: Record<string, Scenario> = {
  'times out when a query takes too long': async ({ open }) => {
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

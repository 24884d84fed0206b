// TypeORM's replication. The master and each slave are databases with different words, which shows which one answered.
import type { DataSource, QueryRunner, Repository } from 'typeorm'
import { expect } from 'vitest'
import { failureOf } from '../shown.ts'
import { type Word, WordEntity } from './entities.ts'
import { less } from './less.ts'
import type { Kit, Scenario } from './open.ts'

const entities = [WordEntity]
const REPLICAS = ['replica_1', 'replica_2']

type Replication = { readonly master: object; readonly slaves: readonly object[] }

/** Creates the replicas, and drops them after `work`. */
async function replicated<T>(kit: Kit, work: (replication: Replication) => Promise<T>): Promise<T> {
  const { database, server } = kit
  const master = await kit.open()
  try {
    for (const name of REPLICAS) await master.query(`CREATE DATABASE ${name}`)
    for (const name of [database, ...REPLICAS]) {
      const alone = await kit.open({ database: name, entities, synchronize: true })
      await alone.getRepository(WordEntity).insert({ word: name })
      await alone.destroy()
    }
    return await work({ master: server, slaves: REPLICAS.map((name) => ({ ...server, database: name })) })
  } finally {
    // Clients may still be disconnecting.
    const force = kit.type === 'postgres' ? 'WITH (FORCE)' : ''
    for (const name of REPLICAS) await master.query(`DROP DATABASE IF EXISTS ${name} ${force}`)
  }
}

/** The server that answered. TypeORM or mysql2 chooses among the slaves. */
function from(rows: readonly { word: string }[]): unknown {
  const [first, ...others] = rows.map(({ word }) => word)
  const server = REPLICAS.includes(first ?? '') ? 'slave' : first === 'app' ? 'master' : first
  return others.length > 0 ? [server, ...others] : server
}

async function using<T>(runner: QueryRunner, work: (runner: QueryRunner) => Promise<T>): Promise<T> {
  return work(runner).finally(() => runner.release())
}

const ALL = 'SELECT word FROM word ORDER BY id'

async function ways(dataSource: DataSource, words: Repository<Word>): Promise<Record<string, unknown>> {
  const runner = (mode?: 'master' | 'slave') => dataSource.createQueryRunner(mode)
  const builder = () => words.createQueryBuilder('t').orderBy('t.id')
  const streamed: Word[] = []
  for await (const row of await builder().select('t.word', 'word').stream()) streamed.push(row)
  return {
    find: from(await words.find({ order: { id: 'ASC' } })),
    builder: from(await builder().getMany()),
    raw: from(await builder().select('t.word', 'word').getRawMany()),
    streamed: from(streamed),
    slave: from(await using(runner('slave'), (slave) => slave.query(ALL))),
    master: from(await using(runner('master'), (master) => master.query(ALL))),
    runner: from(await using(runner(), (any) => any.query(ALL))),
    query: from(await dataSource.query(ALL)),
    builderOnMaster: from(
      await using(runner('master'), (master) => builder().setQueryRunner(master).getMany()),
    ),
    transaction: from(await dataSource.transaction((manager) => manager.find(WordEntity))),
  }
}

export const replicationScenarios: Record<string, Scenario> = {
  'sends reads to a slave or as its default mode says, and writes to the master': (kit) =>
    replicated(kit, async (replication) => {
      const dataSource = await kit.open({ replication, entities, poolSize: 2 })
      const words = dataSource.getRepository(WordEntity)
      const before = await ways(dataSource, words)
      expect(before).toMatchObject({ find: 'slave', slave: 'slave', master: 'master', query: 'master' })
      const byDefault: unknown[] = []
      for (const defaultMode of ['master', 'slave'] as const) {
        const other = await kit.open({ replication: { ...replication, defaultMode }, entities })
        byDefault.push(await ways(other, other.getRepository(WordEntity)))
      }
      expect(byDefault).toMatchObject([{ find: 'master', slave: 'slave' }, { find: 'slave' }])
      const saved = await words.save({ word: 'saved' })
      await words.insert({ word: 'inserted' })
      await words.createQueryBuilder().update().set({ word: 'updated' }).where({ word: 'inserted' }).execute()
      await words.delete({ word: 'saved' })
      const seen = new Set<string>()
      while (seen.size < REPLICAS.length) for (const { word } of await words.find()) seen.add(word)
      return {
        before,
        byDefault,
        saved,
        after: await ways(dataSource, words),
        onSlaves: [...seen].sort(),
        modes: (['master', 'slave'] as const).map((mode) =>
          dataSource.createQueryRunner(mode).getReplicationMode(),
        ),
        options: less(dataSource.options),
        replicated: dataSource.driver.isReplicated,
        database: dataSource.driver.database,
      }
    }),

  'reports a slave that does not answer': async (kit) => {
    const { server } = kit
    // Nothing listens on port 1 of this machine.
    const replication = { master: server, slaves: [{ ...server, host: '127.0.0.1', port: 1 }] }
    const dataSource = kit.make({ replication, entities })
    return {
      // On MySQL, slaves are connected to on the first read.
      failure: await failureOf(async () => (await dataSource.initialize()).getRepository(WordEntity).find()),
      open: dataSource.isInitialized,
      alone: await (await kit.open()).query('SELECT 1 AS one'),
    }
  },
}

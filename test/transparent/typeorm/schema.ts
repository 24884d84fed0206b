// TypeORM's migrations and synchronization, and how it reads a schema.
import {
  DefaultNamingStrategy,
  type MigrationInterface,
  type QueryRunner,
  Table,
  TableColumn,
  TableIndex,
} from 'typeorm'
import { failureOf } from '../shown.ts'
import { entities, WordEntity } from './entities.ts'
import { Notes } from './notes.ts'
import type { Scenario } from './open.ts'

class Users1704067200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      {
        name: 'id',
        type: 'int',
        isPrimary: true,
        isGenerated: true,
        generationStrategy: 'increment' as const,
      },
      { name: 'email', type: 'varchar', length: '80', isUnique: true },
    ]
    await runner.createTable(new Table({ name: 'users', columns }))
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('users')
  }
}

class Names1704153600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn('users', new TableColumn({ name: 'name', type: 'varchar', isNullable: true }))
    await runner.createIndex('users', new TableIndex({ name: 'by_name', columnNames: ['name'] }))
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('users', 'by_name')
    await runner.dropColumn('users', 'name')
  }
}

class Broken1704240000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO users (nothing) VALUES (1)')
  }
  async down(): Promise<void> {}
}

const migrations = [Users1704067200000, Names1704153600000]
const namesOf = (ran: { name: string }[]): string[] => ran.map(({ name }) => name)

export const schemaScenarios: Record<string, Scenario> = {
  'runs and reverts migrations': async ({ open }) => {
    const dataSource = await open({ migrations, migrationsTableName: 'ran' })
    const columns = async () =>
      (await dataSource.createQueryRunner().getTable('users'))?.columns.map(({ name }) => name).sort() // the server gives no order
    const pending = await dataSource.showMigrations()
    const ran = namesOf(await dataSource.runMigrations())
    const after = await columns()
    await dataSource.undoLastMigration()
    const reverted = await columns()
    const again = namesOf(await dataSource.runMigrations({ transaction: 'each' }))
    return {
      pending,
      ran,
      after,
      reverted,
      again,
      recorded: await dataSource.query('SELECT id, name FROM ran ORDER BY id'),
      none: namesOf(await dataSource.runMigrations()),
      left: await dataSource.showMigrations(),
    }
  },

  'runs migrations while it is initialized, and stops at a broken one': async ({ make }) => {
    const logger = new Notes()
    const good = await make({ migrations, migrationsRun: true }).initialize()
    const broken = make({ migrations: [...migrations, Broken1704240000000], migrationsRun: true, logger })
    return {
      rows: await good.query('SELECT count(*) AS n FROM migrations'),
      failure: await failureOf(() => broken.initialize()),
      initialized: broken.isInitialized,
      logged: logger.lines,
    }
  },

  'synchronizes, and then finds nothing to change': async ({ open }) => {
    const dataSource = await open({ entities })
    const before = await dataSource.driver.createSchemaBuilder().log()
    await dataSource.synchronize()
    const after = await dataSource.driver.createSchemaBuilder().log()
    await dataSource.query('CREATE INDEX by_word ON tag (word)')
    const drift = await dataSource.driver.createSchemaBuilder().log()
    return {
      before,
      after,
      drift,
      dropped: await dataSource.dropDatabase(),
      tables: await dataSource.query(
        "SELECT count(*) AS n FROM information_schema.tables WHERE table_name = 'tag' AND table_schema IN ('app', 'public')",
      ),
    }
  },

  'drops the schema first with the option': async ({ open }) => {
    const first = await open({ entities: [WordEntity], synchronize: true })
    await first.query("INSERT INTO word (word) VALUES ('gone')")
    const second = await open({ entities: [WordEntity], synchronize: true, dropSchema: true })
    return second.query('SELECT count(*) AS n FROM word')
  },

  'names tables with a prefix and a strategy': async ({ open }) => {
    class Loud extends DefaultNamingStrategy {
      override columnName(property: string): string {
        return `${property}_loud`
      }
    }
    const dataSource = await open({
      entities: [WordEntity],
      synchronize: true,
      entityPrefix: 'my_',
      namingStrategy: new Loud(),
    })
    return {
      tables: dataSource.entityMetadatas.map(({ tablePath, columns }) => [
        tablePath,
        columns.map((c) => c.databasePath),
      ]),
      rows: await dataSource.getRepository('Word').find(),
    }
  },

  'reads the schema of the database': async ({ type, database, open }) => {
    const dataSource = await open({ entities, synchronize: true })
    const runner = dataSource.createQueryRunner()
    try {
      const tables = await runner.getTables(['book', 'author'])
      return {
        tables: tables.map(({ name, columns, indices, foreignKeys, uniques }) => ({
          name,
          columns: columns.toSorted((one, other) => one.name.localeCompare(other.name)), // MySQL guarantees no order
          indices,
          foreignKeys,
          uniques,
        })),
        database: await runner.getCurrentDatabase(),
        schema: type === 'postgres' && (await runner.getCurrentSchema()),
        has: [
          await runner.hasDatabase(database),
          await runner.hasTable('book'),
          await runner.hasTable('nothing'),
          await runner.hasColumn('book', 'title'),
        ],
        version: dataSource.driver.version,
      }
    } finally {
      await runner.release()
    }
  },
}

/** Scenarios that only PostgreSQL supports. */
export const postgresSchemaScenarios: Record<string, Scenario> = {
  'keeps its tables in a separate schema': async ({ open }) => {
    const first = await open()
    await first.query('CREATE SCHEMA apart')
    const dataSource = await open({
      entities: [WordEntity],
      synchronize: true,
      schema: 'apart',
      extra: { options: '-c search_path=apart' },
    })
    return {
      tables: await first.query(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'apart' ORDER BY 1",
      ),
      path: await dataSource.query('SHOW search_path'),
      schema: Object(dataSource.driver).schema,
      searchSchema: Object(dataSource.driver).searchSchema,
      rows: await dataSource.getRepository('Word').find(),
    }
  },
}

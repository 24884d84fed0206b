// TypeORM's migrations.
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm'
import type { Scenario } from './open.ts'

class Users1704067200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      { name: 'id', type: 'int', isPrimary: true },
      { name: 'email', type: 'varchar', length: '80', isUnique: true },
    ]
    await runner.createTable(new Table({ name: 'users', columns }))
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('users')
  }
}

const migrations = [Users1704067200000]

export const migrationScenarios: Record<string, Scenario> = {
  'runs and reverts migrations': async ({ open }) => {
    const dataSource = await open({ migrations, migrationsTableName: 'ran' })
    const ran = await dataSource.runMigrations()
    const pending = await dataSource.showMigrations()
    await dataSource.undoLastMigration()
    return {
      ran: ran.map(({ name }) => name),
      pending,
      hasTable: await dataSource.createQueryRunner().hasTable('users'),
      recorded: await dataSource.query('SELECT id, name FROM ran ORDER BY id'),
    }
  },
}

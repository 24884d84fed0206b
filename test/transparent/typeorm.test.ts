// TypeORM with our options behaves as with a password: every scenario is run by both ways and compared.
import { describe, it, vi } from 'vitest'
import { expectAlike } from './compare.ts'
import { useBoth } from './servers.ts'
import {
  connectionScenarios,
  mysqlConnectionScenarios,
  postgresConnectionScenarios,
} from './typeorm/connections.ts'
import { type Scenario, TYPES, typeOrmOpener } from './typeorm/open.ts'
import { queryScenarios } from './typeorm/queries.ts'
import { relationScenarios } from './typeorm/relations.ts'
import { replicationScenarios } from './typeorm/replication.ts'
import { postgresSchemaScenarios, schemaScenarios } from './typeorm/schema.ts'
import { transactionScenarios } from './typeorm/transactions.ts'

// Each test is two runs, on two empty databases.
vi.setConfig({ testTimeout: 30_000 })

const scenarios = { ...relationScenarios, ...queryScenarios, ...schemaScenarios }
const all = { ...scenarios, ...transactionScenarios, ...connectionScenarios, ...replicationScenarios }
const scenariosOf = {
  postgres: { ...all, ...postgresSchemaScenarios, ...postgresConnectionScenarios },
  mysql: { ...all, ...mysqlConnectionScenarios },
  // TypeORM has one driver for both, which writes other SQL for this type.
  mariadb: { ...all, ...mysqlConnectionScenarios },
}

const servers = { postgres: useBoth('postgres'), mysql: useBoth('mysql') }

describe.each(TYPES)("TypeORM, type '%s'", (type) => {
  it.each<[string, Scenario]>(Object.entries(scenariosOf[type]))('%s', async (_name, scenario) => {
    const both = servers[type === 'postgres' ? 'postgres' : 'mysql']()
    await expectAlike(both, (way) => typeOrmOpener(type, way), scenario)
  })
})

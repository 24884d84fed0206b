// TypeORM with our options behaves as with a password: every scenario runs with both logins, and the results are compared.
import { describe, it } from 'vitest'
import { expectAlike } from './compare.ts'
import { useBoth } from './servers.ts'
import {
  connectionScenarios,
  mysqlConnectionScenarios,
  postgresConnectionScenarios,
} from './typeorm/connections.ts'
import { loginScenarios } from './typeorm/logins.ts'
import { migrationScenarios } from './typeorm/migrations.ts'
import { type Scenario, TYPES, typeOrmOpener } from './typeorm/open.ts'
import { mysqlOptionScenarios, optionScenarios, postgresOptionScenarios } from './typeorm/options.ts'
import { queryScenarios } from './typeorm/queries.ts'
import { replicationScenarios } from './typeorm/replication.ts'

// Each test runs twice, on two empty databases.
const shared = {
  ...queryScenarios,
  ...migrationScenarios,
  ...connectionScenarios,
  ...optionScenarios,
  ...loginScenarios,
  ...replicationScenarios,
}
const onMysql = { ...shared, ...mysqlConnectionScenarios, ...mysqlOptionScenarios }
const scenariosOf = {
  postgres: {
    ...shared,
    ...postgresConnectionScenarios,
    ...postgresOptionScenarios,
  },
  mysql: onMysql,
  // TypeORM has one driver for both types, but generates different SQL for this one.
  mariadb: onMysql,
}

const servers = { postgres: useBoth('postgres'), mysql: useBoth('mysql') }

describe.each(TYPES)("TypeORM, type '%s'", (type) => {
  it.each<[string, Scenario]>(Object.entries(scenariosOf[type]))('%s', async (_name, scenario) => {
    const both = servers[type === 'postgres' ? 'postgres' : 'mysql']()
    await expectAlike(both, (way) => typeOrmOpener(type, way), scenario)
  })
})

// Knex with our connection behaves as with a password: every scenario runs with both logins, and the results are compared.
import { describe, it } from 'vitest'
import { expectAlike } from './compare.ts'
import { loginScenarios } from './knex/logins.ts'
import { migrationScenarios } from './knex/migrations.ts'
import { knexOpener } from './knex/open.ts'
import { optionScenarios, postgresScenarios } from './knex/options.ts'
import { poolScenarios } from './knex/pool.ts'
import { queryScenarios } from './knex/queries.ts'
import { ENGINES, useBoth } from './servers.ts'

// Each test runs twice, on two empty databases.
const scenarios = {
  ...migrationScenarios,
  ...queryScenarios,
  ...poolScenarios,
  ...optionScenarios,
  ...loginScenarios,
}

describe.each(ENGINES)('Knex on %s', (engine) => {
  const both = useBoth(engine)
  const all = engine === 'postgres' ? { ...scenarios, ...postgresScenarios } : scenarios
  it.each(Object.entries(all))('%s', async (_name, scenario) => {
    await expectAlike(both(), (way) => knexOpener(engine, way), scenario)
  })
})

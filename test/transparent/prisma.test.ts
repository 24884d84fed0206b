// Prisma with our adapters behaves as with a password: every scenario runs with both logins, and the results are compared.
import { describe, it } from 'vitest'
import { expectAlike } from './compare.ts'
import { connectionScenarios, mysqlConnectionScenarios } from './prisma/connections.ts'
import { loginScenarios, postgresLoginScenarios } from './prisma/logins.ts'
import { prismaOpener } from './prisma/open.ts'
import { mysqlOptionScenarios, optionScenarios, postgresOptionScenarios } from './prisma/options.ts'
import { recordScenarios } from './prisma/records.ts'
import { expectPromptRejection } from './prisma/rejection.ts'
import { tables } from './prisma/tables.ts'
import { transactionScenarios } from './prisma/transactions.ts'
import { ENGINES, useBoth } from './servers.ts'

// Each test runs twice, on two empty databases.
const shared = {
  ...recordScenarios,
  ...transactionScenarios,
  ...connectionScenarios,
  ...optionScenarios,
  ...loginScenarios,
}
const scenariosOf = {
  postgres: { ...shared, ...postgresOptionScenarios, ...postgresLoginScenarios },
  mysql: { ...shared, ...mysqlConnectionScenarios, ...mysqlOptionScenarios },
}

describe.each(ENGINES)('Prisma on %s', (engine) => {
  const both = useBoth(engine, tables(engine))
  it.each(Object.entries(scenariosOf[engine]))('%s', async (_name, scenario) => {
    await expectAlike(both(), (way) => prismaOpener(engine, way), scenario)
  })

  if (engine === 'mysql') {
    it('reports a rejected login at once', () => expectPromptRejection(both()))
  }
})

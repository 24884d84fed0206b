// Prisma with our adapters behaves as with a password: every scenario is run by both ways and compared.
import { describe, it, vi } from 'vitest'
import { expectAlike } from './compare.ts'
import {
  connectionScenarios,
  mysqlConnectionScenarios,
  postgresConnectionScenarios,
} from './prisma/connections.ts'
import { prismaOpener } from './prisma/open.ts'
import { recordScenarios } from './prisma/records.ts'
import { tables } from './prisma/tables.ts'
import {
  mysqlTransactionScenarios,
  postgresTransactionScenarios,
  transactionScenarios,
} from './prisma/transactions.ts'
import { ENGINES, useBoth } from './servers.ts'

// Each test is two runs, on two empty databases.
vi.setConfig({ testTimeout: 30_000 })

const scenarios = { ...recordScenarios, ...transactionScenarios, ...connectionScenarios }
const only = {
  postgres: { ...postgresTransactionScenarios, ...postgresConnectionScenarios },
  mysql: { ...mysqlTransactionScenarios, ...mysqlConnectionScenarios },
}

describe.each(ENGINES)('Prisma on %s', (engine) => {
  const both = useBoth(engine, tables(engine))
  it.each(Object.entries({ ...scenarios, ...only[engine] }))('%s', async (_name, scenario) => {
    await expectAlike(both(), (way) => prismaOpener(engine, way), scenario)
  })
})

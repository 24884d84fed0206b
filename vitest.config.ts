import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { LongestFirst } from './test/setup/longest-first.ts'

const source = (path: string): string => fileURLToPath(new URL(`packages/${path}`, import.meta.url))

/** The folder for the coverage of child processes, if coverage is measured. */
const ofChildren = process.env.RDS_IAM_COVERAGE

export default defineConfig({
  resolve: {
    // Tests run the sources. The examples and the packaging tests run the built packages.
    alias: [
      { find: '@rds-iam/core/connect', replacement: source('core/src/connect/index.ts') },
      { find: /^@rds-iam\/core\/(.+)$/, replacement: `${source('core/src/drivers')}/$1.ts` },
      { find: /^@rds-iam\/wire\/(.+)$/, replacement: `${source('wire/src')}/$1.ts` },
      { find: /^@rds-iam\/prisma\/(.+)$/, replacement: `${source('prisma/src')}/$1.ts` },
      { find: /^rds-iam$/, replacement: source('cli/src/index.ts') },
      { find: /^@rds-iam\/(\w+)$/, replacement: `${source('')}$1/src/index.ts` },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/generated/**'],
    // Most tests wait for servers and child processes. Vitest reads '200%' as '100%', so this is a number.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
    // Drivers pass an IP address as the TLS server name.
    execArgv: ['--disable-warning=DEP0123'],
    globalSetup: 'test/setup/shared.ts',
    setupFiles: ['test/setup/environment.ts', 'test/setup/secrets.ts'],
    // `npm run coverage` adds what child processes run.
    coverage: { include: ['packages/*/src/**'], reporter: ['json'], reportOnFailure: true },
    env: ofChildren === undefined ? {} : { NODE_V8_COVERAGE: ofChildren },
    // The limit for a test that waits for an event that never comes. Generous, so that tests pass on a slow machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    restoreMocks: true,
    unstubEnvs: true,
  },
})

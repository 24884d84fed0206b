import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

const source = (path: string): string => fileURLToPath(new URL(`packages/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Tests run the sources; that the built packages work is shown by the examples and by the packaging tests.
    alias: [
      { find: /^@rds-iam\/core\/(.+)$/, replacement: `${source('core/src/drivers')}/$1.ts` },
      { find: /^@rds-iam\/prisma\/(.+)$/, replacement: `${source('prisma/src')}/$1.ts` },
      { find: /^@rds-iam\/(\w+)$/, replacement: `${source('')}$1/src/index.ts` },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/generated/**'],
    maxWorkers: '100%',
    setupFiles: ['test/secrets.ts'],
    coverage: {
      // `npm run coverage`. What only child processes run doesn't count.
      include: ['packages/*/src/**'],
      reporter: ['text', 'html', 'json-summary'],
      reportOnFailure: true,
      thresholds: { lines: 95, branches: 95 },
    },
    testTimeout: 60_000, // a test that waits for an event that never comes ends here; none waits for time
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
})

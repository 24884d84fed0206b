import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

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
    setupFiles: ['test/secrets.ts'],
    restoreMocks: true,
    unstubEnvs: true,
  },
})

// What counts as used. `npm run lint` fails on files, exports and dependencies that nothing uses.
import type { KnipConfig } from 'knip'

const config: KnipConfig = {
  workspaces: {
    '.': {
      entry: ['scripts/{start,test,test-node}.mjs', 'scripts/demo.ts'],
    },
    'packages/core': { entry: ['src/index.ts', 'src/drivers/{pg,mysql2,mariadb}.ts'] },
    'packages/prisma': { entry: ['src/index.ts', 'src/{pg,mariadb}.ts'] },
    'packages/local': {
      entry: ['src/index.ts'],
      // Looked for in the user's project, and used if it is there.
      ignoreDependencies: ['mysql-memory-server'],
    },
    'packages/cli': { entry: ['src/bin.ts'] },
    'packages/*': { entry: ['src/index.ts'] },
    bench: {
      // Built into files of their own, and started as processes.
      entry: ['src/{main,worker,tokens,first-row}.ts', 'src/contenders/*/*.ts', '*.cjs'],
      // The generated clients import the one; the size of the other is measured, by its name.
      ignoreDependencies: ['@prisma/client', '@aws-sdk/credential-providers'],
    },
    'examples/prisma': { ignoreDependencies: ['@prisma/client'] }, // the generated client imports it
    'examples/typeorm': { ignoreDependencies: ['reflect-metadata'] }, // TypeORM imports it
    test: {
      // Knex reads its migrations and seeds from a folder.
      entry: ['**/*.test.ts', 'programs/*.ts', 'transparent/knex/{migrations,seeds}/*.mjs'],
      // Projects of their own, with dependencies of their own.
      ignore: ['consumers/projects/**'],
      ignoreDependencies: ['@prisma/client'],
    },
    // The code blocks of the documentation import them.
    'test/docs': { entry: ['*.{ts,mjs}'], ignoreDependencies: ['.*'] },
    'test/oldest': { entry: ['orms.ts'], ignoreDependencies: ['@prisma/client', 'reflect-metadata'] },
  },
}

export default config

// What counts as used. `npm run lint` fails on files, exports and dependencies that nothing uses.
import type { KnipConfig } from 'knip'

const config: KnipConfig = {
  workspaces: {
    scripts: { entry: ['{start,test,test-node,bench}.mjs', '{demo,coverage}.ts'] },
    'packages/core': {
      entry: ['src/index.ts', 'src/connect/index.ts', 'src/drivers/{pg,mysql2,mariadb}.ts'],
    },
    // Knex loads the driver of the client that a test names.
    'packages/knex': { entry: ['src/index.ts'], ignoreDependencies: ['mysql'] },
    'packages/prisma': { entry: ['src/index.ts', 'src/{pg,mariadb}.ts'] },
    'packages/local': {
      entry: ['src/index.ts', 'test/support/start-and-end.mjs'],
      // Looked for in the user's project, and used if it is there.
      ignoreDependencies: ['mysql-memory-server'],
    },
    'packages/cli': { entry: ['src/{bin,index}.ts'] },
    'packages/wire': { entry: ['src/*.ts'] },
    'packages/*': { entry: ['src/index.ts'] },
    bench: {
      // Built into separate files, and started as processes.
      entry: ['src/{main,proxy,worker,tokens,first-row}.ts', 'src/contenders/*/*.ts', '*.cjs'],
      ignoreBinaries: ['psql', 'stunnel4'],
      // The generated clients import the first. The bench measures the size of the second by its name.
      ignoreDependencies: ['@prisma/client', '@aws-sdk/credential-providers'],
    },
    'examples/lambda': { entry: ['handler.ts'] },
    'examples/prisma': { ignoreDependencies: ['@prisma/client'] }, // the generated client imports it
    'examples/typeorm': { ignoreDependencies: ['reflect-metadata'] }, // TypeORM imports it
    test: {
      entry: ['**/*.test.ts', 'support/programs/*.{ts,mjs}'],
      // Separate projects with their own dependencies.
      ignore: ['release/{consumers/projects,frameworks/project}/**'],
      ignoreDependencies: [
        '@prisma/client',
        // What test/cli/migration-tools.test.ts runs.
        ...['dbmate', 'drizzle-kit', 'drizzle-orm', 'kysely', 'kysely-ctl', 'node-pg-migrate'],
        ...['sequelize', 'sequelize-cli'],
      ],
    },
    // The code blocks of the documentation import them.
    'test/docs': { entry: ['*.{ts,mjs}'], ignoreDependencies: ['.*'] },
    'test/logins/oldest': { entry: ['orms.ts'], ignoreDependencies: ['@prisma/client', 'reflect-metadata'] },
  },
}

export default config

// Builds each package into ESM and CommonJS, with types for both.
import { defineConfig, type UserConfig } from 'tsdown'

function library(name: string, entry: Record<string, string> = { index: 'src/index.ts' }): UserConfig {
  return {
    name,
    cwd: `packages/${name}`,
    entry,
    format: ['esm', 'cjs'],
    target: 'node20.19',
    platform: 'node',
    dts: true,
    tsconfig: '../tsconfig.json',
  }
}

export default defineConfig([
  library('core', {
    index: 'src/index.ts',
    pg: 'src/drivers/pg.ts',
    mysql2: 'src/drivers/mysql2.ts',
    mariadb: 'src/drivers/mariadb.ts',
  }),
  library('knex'),
  library('typeorm'),
  library('prisma', { index: 'src/index.ts', pg: 'src/pg.ts', mariadb: 'src/mariadb.ts' }),
  library('local'),
])

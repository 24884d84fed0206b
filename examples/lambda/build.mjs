// Bundles the function into one file: dist/handler.mjs, or with the argument cjs, dist/handler.cjs.
import { build } from 'esbuild'

const format = process.argv[2] === 'cjs' ? 'cjs' : 'esm'

await build({
  entryPoints: ['handler.ts'],
  bundle: true,
  platform: 'node',
  format,
  tsconfigRaw: {}, // that of rds-iam's repository leads to the sources of its packages
  outfile: `dist/handler.${format === 'cjs' ? 'cjs' : 'mjs'}`,
  // The drivers are CommonJS, which needs `require`. No bundled module declares this name.
  ...(format === 'esm' && {
    banner: {
      js: "import { createRequire as bannerRequire } from 'node:module'; const require = bannerRequire(import.meta.url);",
    },
  }),
  // Lambda's runtime contains the AWS SDK. Knex refers to the drivers of all its databases, and pg to its native client.
  external: [
    '@aws-sdk/*',
    'better-sqlite3',
    'mariadb',
    'mysql',
    'oracledb',
    'pg-native',
    'pg-query-stream',
    'sqlite3',
    'tedious',
  ],
})

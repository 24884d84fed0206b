// `npm run bench`: sets up, then measures the cost of a login, compared with the usual ways to log in.
import { run } from './run.mjs'
import { setUp } from './setup.mjs'

await setUp()
const args = ['--import', 'tsx', 'bench/src/main.ts', ...process.argv.slice(2)]
process.exitCode = await run(process.execPath, args)
await run('npx', ['biome', 'format', '--write', 'README.md', 'bench/README.md'])

// `npm run bench`: sets up, then measures what a login costs, side by side with the usual ways.
import { run } from './run.mjs'
import { setUp } from './setup.mjs'

await setUp()
const args = ['--import', 'tsx', 'bench/src/main.ts', ...process.argv.slice(2)]
process.exitCode = await run(process.execPath, args)
await run('npx', ['biome', 'format', '--write', 'README.md', 'bench/README.md'])

// `npm run bench`: sets up, then measures the cost of a login, compared with the usual ways to log in.
// `npm run bench -- proxy` measures the cost of the proxy.
import { run } from './run.mjs'
import { setUp } from './setup.mjs'

await setUp()
const [first, ...others] = process.argv.slice(2)
const program =
  first === 'proxy' ? ['bench/src/proxy.ts', ...others] : ['bench/src/main.ts', ...process.argv.slice(2)]
const args = ['--import', 'tsx', ...program]
process.exitCode = await run(process.execPath, args)
await run('npx', ['biome', 'format', '--write', 'README.md', 'bench/README.md'])

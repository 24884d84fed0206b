// `npm start`: sets up, then runs each example on both engines, and one login that is refused.
import { run } from './run.mjs'
import { setUp } from './setup.mjs'

await setUp()
// Without the paths in tsconfig.json, which point to the sources, so that this runs the built packages.
const env = { TSX_TSCONFIG_PATH: 'examples/tsconfig.json' }
process.exitCode = await run(process.execPath, ['--import', 'tsx', 'scripts/demo.ts'], { env })

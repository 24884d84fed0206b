// `npm start`: sets up, then runs each example on both engines, and one whose login is refused.
import { run } from './run.mjs'
import { setUp } from './setup.mjs'

await setUp()
// Without the paths of tsconfig.json, which lead to the sources: this shows the packages as they are built.
const env = { TSX_TSCONFIG_PATH: 'examples/tsconfig.json' }
process.exitCode = await run(process.execPath, ['--import', 'tsx', 'scripts/demo.ts'], { env })

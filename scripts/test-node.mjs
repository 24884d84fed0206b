// `npm run test:node -- 22 [files]`: runs the behaviour tests on another version of Node.js.
import { nodeEnv, nodes } from './nodes.mjs'
import { run } from './run.mjs'

const [version = '', ...files] = process.argv.slice(2)
const program = nodes[version]
if (program) {
  // Leave out the tests that start other versions and runtimes themselves.
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--exclude',
    'test/release/{matrix-node,runtimes}.test.ts',
    ...files,
  ]
  process.exitCode = await run(program, args, { env: nodeEnv(program) })
} else {
  const known = Object.keys(nodes).join(', ') || 'none, since npm has them for Linux on x64 only'
  console.error(`No Node.js ${version || 'version was named'}. There are: ${known}.`)
  process.exitCode = 1
}

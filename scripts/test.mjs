// `npm test`: sets up, then checks types, style and behaviour, except for the tests that take minutes. The last line is
// the count.
// `npm test -- test/logins`: sets up, then runs the tests in the named files and folders.
import { behaviour } from './behaviour.mjs'
import { LONG_TESTS } from './long-tests.mjs'
import { run } from './run.mjs'
import { generatePrisma, setUp } from './setup.mjs'

/** Checks that have no count. Each counts as one. */
const CHECKS = [
  ['Types', 'types'],
  ['Style', 'lint'],
  ['Documentation, without undocumented exports and dead links', 'docs:api'],
]

const files = process.argv.slice(2)
await setUp({ clients: true }) // includes the build
for (const folder of ['test', 'test/logins/oldest']) await generatePrisma(folder)
let passed = 1
let failed = 0
for (const [title, script] of files.length === 0 ? CHECKS : []) {
  console.log(`\n▸ ${title}: npm run ${script}`)
  if ((await run('npm', ['run', '--silent', String(script)])) === 0) passed++
  else failed++
}

const left = files.length === 0 ? LONG_TESTS.map((file) => `--exclude=${file}`) : []
const counts = await behaviour('Behaviour', [...files, ...left])
passed += counts.passed
failed += counts.failed

console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

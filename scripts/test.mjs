// `npm test`: sets up, then checks types, style and behaviour, except for the tests that take minutes. The last line is
// the count.
// `npm test -- test/logins`: sets up, then runs the tests in the named files and folders.
import { behaviour } from './behaviour.mjs'
import { LONG_TESTS } from './long-tests.mjs'
import { runBeside } from './run.mjs'
import { setUp } from './setup.mjs'

/** Checks that have no count. Each counts as one. */
const CHECKS = [
  ['Types', 'types'],
  ['Style', 'lint'],
  ['Documentation, without undocumented exports and dead links', 'docs:api'],
]

const files = process.argv.slice(2)
await setUp({ clients: true, prisma: ['test', 'test/logins/oldest'] }) // includes the build
const checks = files.length === 0 ? CHECKS : []
const codes = await Promise.all(
  checks.map(([title, script]) => runBeside(String(title), 'npm', ['run', '--silent', String(script)])),
)
let failed = codes.filter((code) => code !== 0).length
let passed = 1 + codes.length - failed

const left = files.length === 0 ? LONG_TESTS.map((file) => `--exclude=${file}`) : []
const counts = await behaviour('Behaviour', [...files, ...left])
passed += counts.passed
failed += counts.failed

console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

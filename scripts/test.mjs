// `npm test`: sets up, then checks types, style and behaviour, and ends with how much passed and failed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'
import { generatePrisma, setUp } from './setup.mjs'

/** Without output means without a count of its own: it counts as one. */
const CHECKS = [
  ['Types', 'types'],
  ['Style', 'lint'],
  ['API reference, in which all is documented', 'docs:api'],
]

await setUp({ clients: true }) // includes the build
for (const folder of ['test', 'test/oldest']) await generatePrisma(folder)
let passed = 1
let failed = 0
for (const [title, script] of CHECKS) {
  console.log(`\n▸ ${title}: npm run ${script}`)
  if ((await run('npm', ['run', '--silent', String(script)])) === 0) passed++
  else failed++
}

const folder = mkdtempSync(join(tmpdir(), 'rds-iam-results-'))
try {
  console.log('\n▸ Behaviour: npm run unit')
  const file = join(folder, 'results.json')
  const args = [
    'run',
    '--silent',
    'unit',
    '--',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]
  const code = await run('npm', args)
  const counted = countsIn(file)
  passed += counted.passed
  // A file that can't be loaded has no test that could fail, and an error after the tests fails none.
  failed += code !== 0 && counted.failed === 0 ? 1 : counted.failed
} finally {
  rmSync(folder, { recursive: true })
}

console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** @param {string} file */
function countsIn(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'))
    return { passed: Number(numPassedTests), failed: Number(numFailedTests) + Number(numPendingTests) }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

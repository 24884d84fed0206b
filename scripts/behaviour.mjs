// Runs Vitest and counts the results.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'

/**
 * Runs tests, prints their report, and returns how many passed and failed.
 *
 * @param {string} title
 * @param {readonly string[]} args Vitest's arguments: files and options
 * @param {Parameters<typeof run>[2] & { named?: string }} [options] `named` runs only the tests with names that match it
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function behaviour(title, args, { named, ...options } = {}) {
  const chosen = named === undefined ? args : [...args, '-t', named]
  console.log(`\n▸ ${title}: npm run unit -- ${chosen.join(' ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-results-'))
  try {
    const file = join(folder, 'results.json')
    const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const code = await run('npm', ['run', '--silent', 'unit', '--', ...chosen, ...reports], options)
    const { passed, failed } = countsIn(file, named !== undefined)
    // A file that can't be loaded has no failed test, and neither has an error after the tests. Count them as failures.
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * A skipped test counts as failed, unless only tests with certain names were requested.
 *
 * @param {string} file
 * @param {boolean} some whether only tests with certain names were requested
 */
function countsIn(file, some) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'))
    return {
      passed: Number(numPassedTests),
      failed: Number(numFailedTests) + (some ? 0 : Number(numPendingTests)),
    }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

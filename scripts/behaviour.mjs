// Runs Vitest, and counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.mjs'

/**
 * Runs tests with their report on screen, and tells how many passed and failed.
 *
 * @param {string} title
 * @param {readonly string[]} args Vitest's own: files, and options
 * @param {Parameters<typeof run>[2]} [options]
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function behaviour(title, args, options) {
  console.log(`\n▸ ${title}: npm run unit -- ${args.join(' ')}`)
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-results-'))
  try {
    const file = join(folder, 'results.json')
    const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const code = await run('npm', ['run', '--silent', 'unit', '--', ...args, ...reports], options)
    const { passed, failed } = countsIn(file)
    // A file that can't be loaded has no test that could fail, and an error after the tests fails none.
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param {string} file */
function countsIn(file) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'))
    return { passed: Number(numPassedTests), failed: Number(numFailedTests) + Number(numPendingTests) }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

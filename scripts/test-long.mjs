// `npm run test:long`: what `npm test` leaves out, once that has set things up: the tests that take minutes, those of
// MySQL on Oracle's own, and the packages' own tests on days to come. It ends with how much passed and failed.
import { existsSync, readdirSync } from 'node:fs'
import { delimiter } from 'node:path'
import { behaviour } from './behaviour.mjs'
import { installClients } from './clients.mjs'
import { LONG_TESTS, MYSQL_TESTS } from './long-tests.mjs'
import { realMysql } from './real-mysql.mjs'

/** Debian's package faketime; elsewhere, and without it, there are no days to come. */
const FAKETIME = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path))

/** A word alone would name any file with it in its path. */
const OWN_TESTS = readdirSync(new URL('../packages', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `packages/${name}/test/`)

const DATES = ['+400d', '+5y', '+10y']

const onlyDates = process.argv.includes('--dates')
/** @type {{ passed: number, failed: number }[]} */
const counts = []
if (!onlyDates) {
  const mysql = realMysql().catch((/** @type {unknown} */ error) => error) // is downloaded meanwhile
  await installClients()
  counts.push(await behaviour('The tests that take minutes', LONG_TESTS))
  const bin = await mysql
  if (typeof bin === 'string') {
    const env = { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }
    const named = '[Mm]y[Ss][Qq][Ll]|[Mm]aria'
    counts.push(await behaviour("The tests of MySQL, on Oracle's MySQL 9", MYSQL_TESTS, { env, named }))
  } else console.log(`\n▸ No test on Oracle's MySQL 9: ${String(bin)}`)
}
if (FAKETIME === undefined)
  console.log('\n▸ No test on another day: install libfaketime (apt-get install faketime).')
else {
  for (const date of DATES) {
    const env = { LD_PRELOAD: FAKETIME, FAKETIME: date, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    counts.push(await behaviour(`The packages' own tests, ${date}`, OWN_TESTS, { env }))
  }
}

/** @param {'passed' | 'failed'} name */
const sum = (name) => counts.reduce((total, count) => total + count[name], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 && counts.length > 0 ? 0 : 1

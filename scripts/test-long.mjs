// `npm run test:long`: runs what `npm test` leaves out: `npm start`, the tests that take minutes, the MySQL tests on
// Oracle's MySQL, and the packages' own tests ten years ahead. `npm run test:dates` runs those on more dates, and nothing
// else. Run `npm test` first, which sets up the clone. The last line is the count.
import { existsSync, readdirSync } from 'node:fs'
import { delimiter } from 'node:path'
import { behaviour } from './behaviour.mjs'
import { installClients } from './clients.mjs'
import { LONG_TESTS, MYSQL_TESTS } from './long-tests.mjs'
import { realMysql } from './real-mysql.mjs'
import { run } from './run.mjs'

/** From Debian's package faketime. Without it, the tests don't run on future dates. */
const FAKETIME = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path))

/** Full paths, because a bare word matches any path that contains it. */
const OWN_TESTS = readdirSync(new URL('../packages', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `packages/${name}/test/`)

const onlyDates = process.argv.includes('--dates')
const DATES = onlyDates ? ['+400d', '+5y', '+10y'] : ['+10y']
/** @type {{ passed: number, failed: number }[]} */
const counts = []
if (!onlyDates) {
  const started = (await run('npm', ['start'])) === 0
  counts.push({ passed: Number(started), failed: Number(!started) })
  await installClients()
  const bin = await realMysql().catch((/** @type {unknown} */ error) => error)
  counts.push(await behaviour('The tests that take minutes', LONG_TESTS))
  if (typeof bin === 'string') {
    const env = { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }
    const named = '[Mm]y[Ss][Qq][Ll]|[Mm]aria'
    counts.push(await behaviour("The tests of MySQL, on Oracle's MySQL 9", MYSQL_TESTS, { env, named }))
  } else console.log(`\n▸ The tests did not run on Oracle's MySQL 9: ${String(bin)}`)
}
if (FAKETIME === undefined)
  console.log('\n▸ The tests did not run on future dates: install libfaketime (apt-get install faketime).')
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

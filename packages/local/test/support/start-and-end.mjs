// A program that starts the built local RDS and ends in the requested way: see lifecycle.test.ts.
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { startLocalRds } from '@rds-iam/local'

const [engine, end = ''] = process.argv.slice(2)
const starting = startLocalRds({ engine: engine === 'mysql' ? 'mysql' : 'postgres' })
// Killed during the start: at once, or when it has created its folder, or the server's folder.
const [, folders] = /^early-(\d)$/.exec(end) ?? []
if (folders !== undefined) {
  const made = () => readdirSync(tmpdir()).filter((name) => name.startsWith('rds-iam-local')).length
  while (made() < Number(folders)) await nextTurn()
  process.kill(process.pid, 'SIGKILL')
}
const local = await starting
process.stdout.write(`${JSON.stringify(local.env)}\n`)
switch (end) {
  case 'stop':
    // Nothing else, because the process must end by itself.
    await local.stop()
    break
  case 'exit':
    process.exit(3)
    break
  case 'throw':
    setImmediate(() => {
      throw new Error('an error that nobody catches')
    })
    break
  default: // keeps running until it is killed
}

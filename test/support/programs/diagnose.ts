// Prints the findings of `diagnose()`, in a process that can't start others. The argument is the target as JSON.
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { diagnose } from 'rds-iam'

for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const) {
  Reflect.set(childProcess, name, () => {
    console.log(`started a process by ${name}`)
    throw new Error('no process can be started')
  })
}
syncBuiltinESMExports()

const [, , target] = process.argv
console.log(JSON.stringify(await (target === undefined ? diagnose() : diagnose(JSON.parse(target)))))

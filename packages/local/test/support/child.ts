// A program that starts a local RDS and ends in the way it is told: see lifecycle.test.ts.
import { startLocalRds } from '../../src/index.ts'

const [engine, end] = process.argv.slice(2)
const local = await startLocalRds({ engine: engine === 'mysql' ? 'mysql' : 'postgres' })
process.stdout.write(`${JSON.stringify(local.env)}\n`)
switch (end) {
  case 'stop':
    // And nothing else: the process must end by itself.
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
  default: // stays, until it is killed
}

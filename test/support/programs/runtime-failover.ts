// Writes through each stack of an engine after its endpoint was pointed to another server, and prints one line for each.
// The arguments are the engine, the target as JSON, and the ports of a read-only server and of the writer.
import { stacks } from '../stacks.ts'
import { startSwitch } from '../tcp-switch.ts'

const [engine, json = '', ...ports] = process.argv.slice(2)
const [readOnly = 0, writer = 0] = ports.map(Number)

for (const stack of stacks.filter((each) => each.engine === engine)) {
  const address = await startSwitch(readOnly)
  const db = await stack.open({ ...JSON.parse(json), via: `127.0.0.1:${address.port}` }, 1)
  await db.query('SELECT 1')
  address.leadsTo = writer
  const insert = () =>
    db.query('INSERT INTO orders VALUES (1)').then(
      () => 'written',
      (error: Error) => error.message,
    )
  console.log(JSON.stringify({ stack: stack.name, answers: [await insert(), await insert()] }))
  await db.close()
  await address.stop()
}

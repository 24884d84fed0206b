// Opens and closes each stack of an engine, and prints what each left open. Must then end by itself.
import { atOnce } from '../at-once.ts'
import { stacks } from '../stacks.ts'

const [engine] = process.argv.slice(2)

/** The open sockets and timers, once everything has had time to close. */
async function leftOpen(): Promise<string[]> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const found = process.getActiveResourcesInfo().filter((name) => /^(TCP|TLS|Timeout)/.test(name))
    if (found.length === 0 || Date.now() > deadline) return found
    await new Promise(setImmediate)
  }
}

for (const stack of stacks.filter((each) => each.engine === engine)) {
  const db = await stack.open({}, 3)
  await atOnce(stack, db, 3)
  await db.close()
  console.log(`${stack.name}: ${(await leftOpen()).join(', ') || 'nothing'}`)
}

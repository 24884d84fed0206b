// Logs in through each stack of an engine, to each target, and says what it was answered, one line each. It must then
// end by itself. With the engine come the targets, as JSON, each of which adds to what the environment says.
import type { IamTarget } from '@rds-iam/core'
import { type Stack, stacks, statements } from '../stacks.ts'

const [engine, json = ''] = process.argv.slice(2)
const targets: Record<string, IamTarget> = JSON.parse(json)

for (const stack of stacks.filter((each) => each.engine === engine)) {
  for (const [name, target] of Object.entries(targets)) {
    const answer = await ask(stack, target).catch((error: Error) => error.message)
    console.log(JSON.stringify({ stack: stack.name, target: name, answer }))
  }
}

async function ask({ open, engine }: Stack, target: IamTarget): Promise<unknown> {
  const db = await open(target, 2)
  try {
    const { user } = statements[engine]
    const [[row]] = await Promise.all([db.query(user), db.query(user)])
    return row?.user
  } finally {
    await db.close()
  }
}

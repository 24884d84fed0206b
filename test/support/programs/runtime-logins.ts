// Logs in to each target through each stack of an engine, and prints one line for each answer. Must then end by itself.
// The arguments are the engine, and the targets as JSON. Each target adds to the one in the environment.
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

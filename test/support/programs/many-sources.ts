// Creates 10,000 sources with a token each, then releases them. Prints the memory they used, and what remained.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTokenSource, type TokenSource } from '@rds-iam/core'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const credentials = async () => ({
  accessKeyId: 'ASIAONEIDENTITYFORALL',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
  sessionToken: 'x'.repeat(1_000),
  expiration: new Date(Date.now() + 3_600_000),
})

function megabytes(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

async function make(count: number): Promise<TokenSource[]> {
  const sources = Array.from({ length: count }, (_, n) => {
    const host = `db-${n}.c9akciq32rgh.eu-central-1.rds.amazonaws.com`
    return createTokenSource({ host, port: 5432, user: 'jane_doe', credentials })
  })
  for (const source of sources) await source.get()
  return sources
}

await make(1) // loads what all of them need: the SDK and the roots
const before = megabytes()
let sources: TokenSource[] = await make(10_000)
const taken = megabytes() - before

const references = sources.map((source) => new WeakRef(source))
sources = []
await new Promise(setImmediate)
collect()
const stayed = references.filter((reference) => reference.deref() !== undefined).length
console.log(JSON.stringify({ taken, stayed }))

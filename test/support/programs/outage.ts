// An hour in which the container endpoint hangs, with a login each second. Prints the resources in use after ten minutes
// and at the end.
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTokenSource } from '@rds-iam/core'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const sockets = new Set<Socket>()
const endpoint = createServer((socket) => {
  sockets.add(socket)
  socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  socket.resume()
})
await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
const { port } = Object(endpoint.address())
process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = `http://127.0.0.1:${port}/container`

let now = Date.now()
Date.now = () => now
const source = createTokenSource({
  engine: 'postgres',
  host: 'db.abc.eu-central-1.rds.amazonaws.com',
  user: 'jane_doe',
  timeoutMs: 5,
})

const failures = new Map<string, number>()
async function logIn(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    const { code } = await source.get().catch((error) => error)
    failures.set(code, (failures.get(code) ?? 0) + 1)
    now += 1_000
  }
}

/** The SDK's abandoned requests end when their next attempt does. A busy machine still has hundreds of them. */
function underWay(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(Timeout|Immediate|ConnectWrap)$/.test(name))
}

/** The smallest value after five collections, because memory is released with a delay. */
async function taken(): Promise<{ sockets: number; megabytes: number }> {
  while (sockets.size > 0 || underWay()) await sleep(20)
  let megabytes = Number.POSITIVE_INFINITY
  for (let collection = 0; collection < 5; collection++) {
    await sleep(20)
    collect()
    const { heapUsed, external } = process.memoryUsage()
    megabytes = Math.min(megabytes, (heapUsed + external) / 2 ** 20)
  }
  return { sockets: sockets.size, megabytes }
}

await logIn(600)
const after10Minutes = await taken()
await logIn(3_000)
const afterAnHour = await taken()
endpoint.close()
console.log(JSON.stringify({ failures: Object.fromEntries(failures), after10Minutes, afterAnHour }))

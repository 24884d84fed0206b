// A measured process: one contender on one stack.
import { subscribe } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'
import { channels } from '@rds-iam/core'
import type { Connection, Enter, Target } from './contenders/contender.ts'
import { type Connecting, serve, timed } from './work.ts'

const POOL_SIZE = 10
const AT_ONCE = 20
/** Slightly less, because a token's date is in whole seconds. */
const TEN_MINUTES_MS = 598_000

const [, , stack, name] = process.argv
const target: Target = JSON.parse(process.env.BENCH_TARGET ?? '')
const module = new URL(`contenders/${stack}/${name}.mjs`, import.meta.url)
const { enter }: { enter: Enter } = await import(module.href)
const contender = enter(target)
let pool: Promise<Connection> | undefined

const work: Connecting = {
  async connect(count) {
    let ms = 0
    const { cpuMs } = await timed(async () => {
      for (let n = 0; n < count; n++) {
        const opened = await timed(() => contender.connect())
        ms += opened.ms
        await opened.value.close()
      }
    })
    return { ms: ms / count, cpuMs: cpuMs / count }
  },
  async burst(count) {
    const { ms, cpuMs, value } = await timed(() => Promise.all(times(count, () => contender.connect())))
    await Promise.all(value.map((connection) => connection.close()))
    return { ms, cpuMs }
  },
  async queries(count) {
    pool ??= openPool()
    const { query } = await pool
    let left = count
    const client = async (): Promise<void> => {
      while (left-- > 0) await query('SELECT 1')
    }
    const { ms, cpuMs } = await timed(() => Promise.all(times(POOL_SIZE, client)))
    return { ms, cpuMs }
  },
  async tenMinutes(count) {
    const signings = countSignings()
    const { now } = Date
    let opened = 0
    const begin = now()
    // Fakes only the clock that decides a token's age. The SDK dates a token with `new Date()`, which stays real.
    Date.now = () => Math.max(now(), begin + (Math.min(opened, count) * TEN_MINUTES_MS) / count)
    try {
      const client = async (): Promise<void> => {
        while (opened++ < count) await (await contender.connect()).close()
      }
      await Promise.all(times(AT_ONCE, client))
    } finally {
      Date.now = now
    }
    return signings()
  },
}

function times<T>(count: number, act: () => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, act)
}

/** A pool with all connections open. */
async function openPool(): Promise<Connection> {
  const opened = await contender.pool(POOL_SIZE)
  await Promise.all(times(POOL_SIZE * 4, () => opened.query('SELECT 1')))
  return opened
}

/** We publish each signing. The others use the SDK's signer, which is one module in the process. */
function countSignings(): () => number {
  const { Signer } = createRequire(import.meta.url)('@aws-sdk/rds-signer')
  const { getAuthToken } = Signer.prototype
  let count = 0
  subscribe(channels.tokenSigned, () => count++)
  Signer.prototype.getAuthToken = function counted(this: unknown, ...args: unknown[]): unknown {
    count++
    return Reflect.apply(getAuthToken, this, args)
  }
  return () => count
}

serve(work)

// A measured process that gets tokens without connecting, from our token source or the SDK's signer.

import { Signer } from '@aws-sdk/rds-signer'
import { createTokenSource } from '@rds-iam/core'
import type { Target } from './contenders/contender.ts'
import { serve, type Tokens, timed } from './work.ts'

interface Source {
  /** Gets a token the way a new connection does. */
  get(): Promise<string>
  /** Resolves credentials and signs, without a cache. */
  sign(): Promise<string>
}

const [, , name] = process.argv
const { host, port, region }: Target = JSON.parse(process.env.BENCH_TARGET ?? '')
let made = 0

/** For a new endpoint. */
const newSource: () => Source = name === 'us' ? ourSource : signer
function newHost(): string {
  return host.replace('.', `-${made++}.`)
}

function ourSource(): Source {
  const source = createTokenSource({ engine: 'postgres', host: newHost(), port, user: 'jane_doe' })
  return {
    get: () => source.get(),
    sign: () => {
      source.invalidate()
      return source.get()
    },
  }
}

function signer(): Source {
  const hostname = newHost()
  const sign = () => new Signer({ hostname, port, username: 'jane_doe', region }).getAuthToken()
  return { get: sign, sign }
}

const source = newSource()

async function repeated(count: number, act: () => Promise<string>) {
  const { ms, cpuMs } = await timed(async () => {
    for (let n = 0; n < count; n++) await act()
  })
  return { ms: ms / count, cpuMs: cpuMs / count }
}

const work: Tokens = {
  get: (count) => repeated(count, source.get),
  sign: (count) => repeated(count, source.sign),
  async sources(count) {
    const before = heldBytes()
    const { ms, cpuMs, value } = await timed(async () => {
      const sources = Array.from({ length: count }, newSource)
      await Promise.all(sources.map(({ get }) => get()))
      return sources
    })
    const bytes = heldBytes() - before
    // Used after the measurement, so that none of them is garbage-collected before.
    if (value.length !== count) throw new Error('some sources got lost')
    return { ms, cpuMs, bytes }
  },
}

function heldBytes(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

serve(work)

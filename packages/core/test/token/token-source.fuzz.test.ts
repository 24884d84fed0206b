import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import { createTokenSource, type TokenSource } from '../../src/index.ts'

const START = Date.parse('2026-11-22T12:00:00Z')
const target = {
  engine: 'postgres',
  host: 'db.abc.eu-central-1.rds.amazonaws.com',
  user: 'jane_doe',
} as const

afterEach(() => void vi.useRealTimers())

let worlds = 0

/** A source with its credentials, and what the test knows about both. */
class World {
  /** When the credentials of each resolution expire. Resolutions are numbered from 1, in the order they start. */
  readonly ends: number[] = [0]
  /** The source must not return tokens of this resolution or earlier ones any more. */
  rejected = 0
  down = false
  lifeMs: number | undefined
  /** While resolutions are paused: resumes them. */
  held: (() => void)[] | undefined
  /** The newest token that was returned. */
  token: string | undefined
  /** Each world has different keys, because a replaced key stays replaced for the whole process. */
  readonly #name = `ASIAWORLD${String(++worlds).padStart(6, '0')}N`
  readonly source: TokenSource = createTokenSource({ ...target, credentials: () => this.#resolve() })
  readonly #pending: Promise<void>[] = []

  async #resolve() {
    const { held } = this
    const number = this.ends.push(0) - 1
    if (held) await new Promise<void>((resolve) => void held.push(resolve))
    if (this.down) throw new Error('down')
    const endAt = this.lifeMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + this.lifeMs
    this.ends[number] = endAt
    return {
      accessKeyId: `${this.#name}${String(number).padStart(6, '0')}`,
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
      ...(Number.isFinite(endAt) ? { expiration: new Date(endAt) } : {}),
    }
  }

  /** Calls `get` many times at once. Checks each result when it arrives. */
  call(count: number): void {
    const hadGood = this.token !== undefined && this.isGood(this.token)
    for (let n = 0; n < count; n++) {
      this.#pending.push(
        this.source.get().then(
          (token) => {
            expect(this.isGood(token), `a good token: ${token}`).toBe(true)
            this.token = token
          },
          (error) => {
            expect(hadGood, `no error while there is a good token: ${error}`).toBe(false)
            expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_RDS_IAM_CREDENTIALS/) })
          },
        ),
      )
    }
  }

  /** A returned token and its credentials have 60 s left, it isn't from the future, and its key wasn't rejected. */
  isGood(token: string): boolean {
    const resolution = numberIn(token)
    const [, date = '', time = ''] = /X-Amz-Date=(\d{8})T(\d{6})Z/.exec(token) ?? []
    const signedAt = Date.parse(
      `${date}T${time}Z`.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'),
    )
    const endAt = Math.min(signedAt + 900_000, this.ends[resolution] ?? 0)
    return signedAt <= Date.now() && endAt - Date.now() >= 60_000 && resolution > this.rejected
  }

  /** Rejecting a token that is no longer cached has no other effect. */
  reject(token?: string): void {
    this.source.invalidate(token)
    const own = token === undefined ? this.ends.length - 1 : numberIn(token)
    this.rejected = Math.max(this.rejected, own)
    this.token = undefined
  }

  async settle(): Promise<void> {
    for (const release of this.held ?? []) release()
    this.held = undefined
    await Promise.all(this.#pending.splice(0))
    await new Promise(setImmediate) // lets background renewals run
  }
}

/** The number of the resolution that signed the token. */
function numberIn(token: string): number {
  return Number(/ASIAWORLD\d{6}N(\d+)/.exec(token)?.[1])
}

/** A step, with a name for the failure report. */
class Step {
  readonly name: string
  readonly run: (world: World) => unknown

  constructor(name: string, run: (world: World) => unknown) {
    this.name = name
    this.run = run
  }

  toString(): string {
    return this.name
  }
}

function passes(seconds: number): Step {
  return new Step(`${seconds} s pass`, () => vi.setSystemTime(Date.now() + seconds * 1000))
}

const step = fc.oneof(
  fc.integer({ min: 1, max: 20 }).map((count) => new Step(`${count} callers`, (world) => world.call(count))),
  fc.integer({ min: 1, max: 1_000 }).map(passes),
  // Around the times at which something changes: a renewal is due, 60 s are left, the token expires.
  fc.constantFrom(1, 139, 140, 141, 601, 839, 840, 841, 900).map(passes),
  fc.constantFrom(-86_400, -3_600, -30, -1, 3_600, 86_400).map(passes),
  fc.boolean().map((down) => new Step(down ? 'down' : 'up', (world) => Object.assign(world, { down }))),
  fc
    .constantFrom(undefined, 30_000, 61_000, 200_000, 3_600_000)
    .map((lifeMs) => new Step(`credentials live ${lifeMs} ms`, (world) => Object.assign(world, { lifeMs }))),
  fc.constantFrom(
    new Step('resolutions are held', (world) => Object.assign(world, { held: world.held ?? [] })),
    new Step('all settles', (world) => world.settle()),
    new Step('the token is rejected', (world) => world.token !== undefined && world.reject(world.token)),
    new Step('whatever there is is rejected', (world) => world.reject()),
    new Step('an old token is rejected', (world) => world.source.invalidate('some old token')),
  ),
)

it('returns only good tokens, whatever happens in any order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      vi.useFakeTimers({ now: START, toFake: ['Date'] })
      const world = new World()
      for (const { run } of steps) {
        await run(world)
        if (!world.held) await world.settle()
        else await new Promise(setImmediate) // check the token before the next step
      }
      await world.settle()
    }),
    { numRuns: 1_000 },
  )
})

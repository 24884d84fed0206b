// What is asked of a process that is measured, and what it answers.

/** In milliseconds. CPU time is that of all threads of the process, user and system. */
export interface Timed {
  readonly ms: number
  readonly cpuMs: number
}

/** Asked of a worker: one contender on one stack. */
export interface Connecting {
  /** Opens and closes `count` connections, one after another: the time to open one, the CPU time of both. */
  connect(count: number): Promise<Timed>
  /** Opens `count` connections at once: the time until the last is open. They are closed before it answers. */
  burst(count: number): Promise<Timed>
  /** Sends `count` queries through an open pool of 10, as fast as it goes. */
  queries(count: number): Promise<Timed>
  /** Opens `count` connections, spread over 10 minutes by the clock of the process: how many tokens were signed. */
  tenMinutes(count: number): Promise<number>
}

/** Asked of a worker that has no connection: a token source of ours, or the SDK's signers. */
export interface Tokens {
  /** Gets a token `count` times, from the cache if there is one: the time of one. */
  get(count: number): Promise<Timed>
  /** Resolves credentials and signs, `count` times, one after another: the time of one. */
  sign(count: number): Promise<Timed>
  /** Gets tokens for `count` new endpoints at once: the time until the last is there, and the memory they hold. */
  sources(count: number): Promise<Timed & { readonly bytes: number }>
}

/** What is asked, and what came of it, on their way between the processes. */
export interface Ask {
  readonly name: string
  readonly count: number
}
export type Answer = { readonly value: unknown } | { readonly error: string }

/** Does what it is asked, one after another, until the parent hangs up. */
export function serve(work: object): void {
  process.on('message', async ({ name, count }: Ask) => {
    let answer: Answer
    try {
      answer = { value: await Reflect.get(work, name).call(work, count) }
    } catch (error) {
      answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
    process.send?.(answer)
  })
  process.once('disconnect', () => process.exit())
  process.send?.('ready')
}

/** Times what `act` does, and tells the value of it too. */
export async function timed<T>(act: () => Promise<T>): Promise<Timed & { readonly value: T }> {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  const value = await act()
  const ms = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  return { ms, cpuMs: (user + system) / 1_000, value }
}

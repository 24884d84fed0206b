// The requests to a measured process, and its answers.

/** In milliseconds. The CPU time includes all threads of the process, user and system. */
export interface Timed {
  readonly ms: number
  readonly cpuMs: number
}

/** The tasks of a worker for one contender on one stack. */
export interface Connecting {
  /** Opens and closes `count` connections, one after another. Returns the time to open one, and the CPU time of both. */
  connect(count: number): Promise<Timed>
  /** Opens `count` connections at once. Returns the time until the last is open. Closes them before it answers. */
  burst(count: number): Promise<Timed>
  /** Sends `count` queries through an open pool of 10, as fast as possible. */
  queries(count: number): Promise<Timed>
  /** Opens `count` connections over 10 minutes of the process's clock. Returns how many tokens were signed. */
  tenMinutes(count: number): Promise<number>
}

/** The tasks of a worker without a connection: our token source, or the SDK's signers. */
export interface Tokens {
  /** Gets a token `count` times, from the cache if there is one. Returns the time for one. */
  get(count: number): Promise<Timed>
  /** Resolves credentials and signs, `count` times, one after another. Returns the time for one. */
  sign(count: number): Promise<Timed>
  /** Gets tokens for `count` new endpoints at once. Returns the time until the last is ready, and the memory used. */
  sources(count: number): Promise<Timed & { readonly bytes: number }>
}

/** The messages between the processes. */
export interface Ask {
  readonly name: string
  readonly count: number
}
export type Answer = { readonly value: unknown } | { readonly error: string }

/** Runs the requested tasks one after another, until the parent disconnects. */
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

/** Measures how long `act` takes, and returns its value too. */
export async function timed<T>(act: () => Promise<T>): Promise<Timed & { readonly value: T }> {
  const cpu = process.cpuUsage()
  const begin = performance.now()
  const value = await act()
  const ms = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  return { ms, cpuMs: (user + system) / 1_000, value }
}

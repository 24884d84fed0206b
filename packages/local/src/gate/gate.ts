// Listens, gives every client its time to log in, and sees to it that each gets one verdict.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { LocalRdsError } from '../errors.ts'
import { Refusal, shown, type VerdictReason } from '../verdict.ts'
import { CutOff, Malformed, TooLong } from '../wire/read.ts'
import { tame } from '../wire/sockets.ts'
import { AFTER_TLS, destroyAll, Login } from './login.ts'

/** What differs between the engines: how one client is seen through its login. */
export type Doorkeeper = (login: Login) => {
  /**
   * Logs the client in and joins it to the server. Calls `admitted` just before the client learns of it; rejects,
   * mostly with a {@link Refusal}, when the client is not to come in.
   */
  serve(admitted: () => void): Promise<void>
  /** What to tell a client that is refused; nothing when it would not understand. */
  answer(refusal: Refusal): Buffer | undefined
}

export interface GateOptions {
  host: string
  port: number
  loginTimeoutMs: number
  doorkeeper: Doorkeeper
  /** Called once for each login attempt, before the client learns of the verdict. */
  record: (login: Login, reason: VerdictReason, detail: string) => void
}

export interface Gate {
  host: string
  port: number
  /** Closes the door and every connection. */
  close(): Promise<void>
}

export async function openGate(options: GateOptions): Promise<Gate> {
  const open = new Set<Socket>()
  let closed: Promise<void> | undefined
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    tame(socket)
    const login = new Login(socket, open)
    void receive(login, options, () => closed !== undefined)
  })
  const { address, port } = await listen(server, options)
  return {
    host: address,
    port,
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve())
        destroyAll(open)
      })
      return closed
    },
  }
}

async function receive(login: Login, options: GateOptions, isClosed: () => boolean): Promise<void> {
  let decided = false
  const decide = (reason: VerdictReason, detail: string): void => {
    if (!decided && !isClosed()) options.record(login, reason, detail)
    decided = true
  }
  const deadline = setTimeout(() => {
    decide(
      'timeout',
      `The login was not over within ${options.loginTimeoutMs} ms: the gate was waiting for ${login.awaits}.`,
    )
    login.abandon()
  }, options.loginTimeoutMs)
  deadline.unref()
  const { serve, answer } = options.doorkeeper(login)
  try {
    await serve(() => decide('admitted', 'The token is good, and the server let the user in.'))
    clearTimeout(deadline)
  } catch (error) {
    if (decided) {
      login.abandon()
      return
    }
    const refusal = explain(error, login)
    decide(refusal.reason, refusal.message)
    // There is no way to say anything when TLS has failed. The deadline stands, for a client that does not hang up.
    const words = refusal.reason === 'tls-failed' ? undefined : answer(refusal)
    login.refuse(words, () => clearTimeout(deadline))
  }
}

function explain(error: unknown, login: Login): Refusal {
  if (error instanceof Refusal) return error
  const expected = `The gate was waiting for ${login.awaits}`
  if (error instanceof TooLong) {
    // Who has not said who it is has sent no start-up, however long.
    const reason = login.user === undefined ? 'not-a-start-up' : 'too-long'
    return new Refusal(reason, `${expected}, and there came ${error.message}.`)
  }
  if (error instanceof Malformed) return new Refusal('not-a-start-up', `${expected}, but ${error.message}.`)
  if (error instanceof CutOff) {
    const left =
      error.cause instanceof Error ? `the connection broke (${shown(error.message)})` : 'the client hung up'
    if (login.awaits === AFTER_TLS && error.received === 0) {
      return new Refusal(
        'tls-failed',
        `Once TLS stood ${left} without a word; most likely the client does not trust the certificate: give it .ca or .caFile.`,
      )
    }
    return new Refusal('incomplete', `${expected}, but ${left} after ${error.received} bytes of it.`)
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new Refusal(
    'gate-failed',
    `The gate failed while it was waiting for ${login.awaits}: ${shown(text)}`,
    { cause: error },
  )
}

function listen(server: Server, { host, port }: GateOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const instead =
        cause.code === 'EADDRINUSE' ? 'leave `port` out to get a free one' : 'see `host` and `port`'
      reject(
        new LocalRdsError(
          'ERR_RDS_IAM_LOCAL_LISTEN',
          `Can't listen on ${host}:${port} (${cause.code}): ${instead}.`,
          { cause },
        ),
      )
    })
    server.listen({ host, port }, () => {
      // Once it listens: failing to accept one client (no file descriptors left) must not end the process.
      server.on('error', () => {})
      resolve(server.address() as AddressInfo) // of a server that listens on TCP
    })
  })
}

// Listens for clients, limits the time each may take to log in, and gives each exactly one verdict.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { CutOff, Malformed, TooLong } from '@rds-iam/wire/read'
import { tame } from '@rds-iam/wire/sockets'
import { Refusal, shown, type VerdictReason } from '../admission/verdict.ts'
import { LocalRdsError, type LocalRdsProblem, problemText } from '../errors.ts'
import { AFTER_GOODBYE, AFTER_TLS, DISTRUST, destroyAll, Login } from './login.ts'

/** The part that differs between engines: how a client logs in. */
export type LoginProtocol = (login: Login) => {
  /**
   * Logs the client in and connects it to the server. Calls `admitted` just before the client learns that it is in.
   * Rejects if the client is refused, usually with a {@link Refusal}.
   */
  serve(admitted: () => void): Promise<void>
  /** The answer to a refused client; undefined if the client wouldn't understand one. */
  answer(refusal: Refusal): Buffer | undefined
}

export interface GateOptions {
  host: string
  port: number
  loginTimeoutMs: number
  protocol: LoginProtocol
  /** Called once for each login attempt, before the client learns the verdict. */
  record: (login: Login, reason: VerdictReason, detail: string) => void
}

export interface Gate {
  host: string
  port: number
  /** Stops listening and closes every connection. */
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
    const limit = `${options.loginTimeoutMs} ms`
    decide('timeout', `The login took longer than ${limit}. The gate was waiting for ${login.awaits}.`)
    login.abandon()
  }, options.loginTimeoutMs)
  deadline.unref()
  const { serve, answer } = options.protocol(login)
  try {
    await serve(() => decide('admitted', 'The token is good, and the server accepted the login.'))
    clearTimeout(deadline)
  } catch (error) {
    if (decided) {
      login.abandon()
      return
    }
    const refusal = explain(error, login)
    decide(refusal.reason, refusal.message)
    // Without TLS, the client can't be answered. The deadline still applies, in case the client doesn't hang up.
    const words = refusal.reason === 'tls-failed' ? undefined : answer(refusal)
    login.refuse(words, () => clearTimeout(deadline))
  }
}

function explain(error: unknown, login: Login): Refusal {
  if (error instanceof Refusal) return error
  const expected = `The gate was waiting for ${login.awaits}`
  // A client that has sent its user has sent a valid start-up.
  const started = login.user !== undefined
  if (error instanceof TooLong)
    return new Refusal(started ? 'too-long' : 'not-a-start-up', `${expected}, and got ${error.message}.`)
  if (error instanceof Malformed)
    return new Refusal(started ? 'malformed' : 'not-a-start-up', `${expected}, but ${error.message}.`)
  if (error instanceof CutOff) {
    const left =
      error.cause instanceof Error ? `The connection broke (${shown(error.message)})` : 'The client hung up'
    if (login.awaits === AFTER_TLS && error.received === 0)
      return new Refusal(
        'tls-failed',
        `${left} after the TLS handshake, without sending anything; ${DISTRUST}.`,
      )
    if (login.awaits === AFTER_GOODBYE)
      return new Refusal(
        'incomplete',
        `${left} after checking the certificate, as \`rds-iam doctor\` does first.`,
      )
    const part = error.received === 0 ? '' : `, after ${error.received} bytes of it`
    return new Refusal('incomplete', `${left} while the gate was waiting for ${login.awaits}${part}.`)
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new Refusal('gate-failed', `The gate failed while waiting for ${login.awaits}: ${shown(text)}`, {
    cause: error,
  })
}

function listen(server: Server, { host, port }: GateOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === 'EADDRINUSE'
      const problem: LocalRdsProblem = {
        option: cause.code === 'EADDRNOTAVAIL' ? 'host' : 'port',
        seen: `cannot listen on ${host}:${port} (${cause.code})`,
        instead: inUse ? 'leave it out to get a free port' : 'write an address of this machine',
      }
      const code = 'ERR_RDS_IAM_LOCAL_LISTEN'
      reject(new LocalRdsError(code, problemText(problem), { cause, problems: [problem] }))
    })
    server.listen({ host, port }, () => {
      // The process must survive a failure to accept one client, for example when it runs out of file descriptors.
      server.on('error', () => {})
      resolve(server.address() as AddressInfo) // a server that listens on TCP has an address
    })
  })
}

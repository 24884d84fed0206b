// One login of mysql2: the plugins that answer when the server asks for the password.
import type { EventEmitter } from 'node:events'
import type { AuthPlugin, SslOptions } from 'mysql2'
import { explainRejection } from '../connect/login.ts'
import { type Asked, otherEndpoint } from '../connect/own-endpoint.ts'
import type { Route } from '../connect/route.ts'
import { assertVerified, otherLogin, withheld } from '../connect/verify.ts'
import { RdsIamError } from '../errors.ts'
import { nodeTls } from '../node-modules.ts'
import type { Endpoint } from '../target/endpoint.ts'
import { endIfReadOnly, type Connection as Watched } from './mysql2-failover.ts'

/** The parts of a connection and of its current command, the handshake or changeUser(), that mysql2's types lack. */
interface Connection extends Watched {
  readonly stream?: unknown
  config?: Asked & { readonly host?: string; readonly ssl?: SslOptions | false; readonly debug?: unknown }
}
interface Command extends EventEmitter {
  readonly user?: string
  onResult?: (error: unknown, ...results: unknown[]) => void
}

/** mysql2 calls the plugin once per login, with the connection that is logging in. */
export function clearPassword(route: Route, skipVerification: boolean): AuthPlugin {
  return answering(route, async (connection, command) => {
    const { endpoint, source } = route
    assertSecure(connection, command, endpoint, skipVerification)
    const token = await source.get()
    onError(command, (error) => explainRejection(error, token, source))
    withholdFromLog(connection)
    if (route.writer) endIfReadOnly(connection)
    return Buffer.from(`${token}\0`)
  })
}

/** Without these, mysql2 would continue with an empty password, and wait for an answer. */
export function refusedPlugins(route: Route): Record<string, AuthPlugin> {
  const plugins = ['mysql_native_password', 'caching_sha2_password', 'sha256_password']
  return Object.fromEntries(
    plugins.map((plugin) => {
      const refuse = async (): Promise<never> => {
        const { endpoint } = route
        throw new RdsIamError(
          'ERR_RDS_IAM_INSECURE_CONNECTION',
          withheld(endpoint, otherLogin(plugin, endpoint.user)),
        )
      }
      return [plugin, answering(route, refuse)]
    }),
  )
}

type Answer = (connection: Connection, command: Command) => Promise<Buffer>

function answering(route: Route, answer: Answer): AuthPlugin {
  return (login) => {
    // mysql2 types the command as a string.
    const { connection, command }: { connection: Connection; command: Command } = Object(login)
    return async () => {
      try {
        const other = otherEndpoint({ ...connection.config }, route.own)
        if (other) throw other
        return await answer(connection, command)
      } catch (error) {
        keepCode(error, command)
        failChange(connection, command)
        throw error
      }
    }
  }
}

/** Throws unless mysql2 has gone over to TLS, and the server has proven to be the endpoint. */
function assertSecure(
  { stream, config }: Connection,
  { user }: Command,
  endpoint: Endpoint,
  skipVerification: boolean,
): void {
  // Until 3.15 mysql2 keeps the TLS socket to itself. But it names the user in the handshake when it sends its
  // credentials, which it does after TLS, having verified what `ssl` asks it to verify.
  const hidden = !(stream instanceof nodeTls().TLSSocket) && user !== undefined && config?.ssl
  if (hidden && (skipVerification || (hidden.rejectUnauthorized && hidden.verifyIdentity))) return
  if (hidden) {
    const reason = 'this version of mysql2 does not expose the certificate; use 3.15 or newer'
    throw new RdsIamError('ERR_RDS_IAM_INSECURE_CONNECTION', withheld(endpoint, reason))
  }
  // If mysql2 checks names, it did so when it created the session that it resumes.
  const checked = typeof config?.ssl === 'object' && config.ssl.verifyIdentity ? config.host : undefined
  assertVerified(stream, endpoint, skipVerification, checked)
}

/** The handshake emits its error, changeUser() passes it to a callback. */
function onError(command: Command, listener: (error: unknown) => void): void {
  const { onResult } = command
  if (onResult) {
    command.onResult = (error, ...results) => {
      if (error) listener(error)
      onResult(error, ...results)
    }
  } else if (typeof command.prependOnceListener === 'function') command.prependOnceListener('error', listener)
}

/** mysql2 overwrites the code of a plugin's error with AUTH_SWITCH_PLUGIN_ERROR. This restores ours. */
function keepCode(error: unknown, command: Command): void {
  if (!(error instanceof RdsIamError)) return
  const { code } = error
  onError(command, () => Object.assign(error, { code }))
}

/**
 * mysql2 emits what a plugin throws as an error of the command. Nobody listens to that of changeUser(): it would end the
 * process. And its connection waits for an answer that does not come.
 */
function failChange(connection: Connection, command: Command): void {
  if (!command.onResult) return
  command.once('error', (error) => {
    command.onResult?.(error)
    connection.destroy()
  })
}

/** With `debug`, mysql2 prints each packet as it writes it. */
function withholdFromLog(connection: Connection): void {
  const { config } = connection
  if (!config?.debug) return
  connection.config = Object.create(config, { debug: { value: false } })
  // It has written the token by then.
  setImmediate(() => {
    connection.config = config
  })
}

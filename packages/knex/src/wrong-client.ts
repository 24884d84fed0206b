// Fails at once if a connection is used with a Knex client of the other engine. Knex passes it to any driver.
import { type Engine, optionsError } from '@rds-iam/core'

/** The part of the drivers' options that is used here. */
interface Config {
  readonly stream?: unknown
}

const CLIENTS: Readonly<Record<Engine, string>> = { postgres: 'pg', mysql: 'mysql2' }

/** Options for the engine's driver, which fail with any other one before it dials. */
export function forOneClient(config: Config, engine: Engine): object {
  const { stream } = config
  const seen = `this connection is for ${engine}`
  return {
    ...config,
    // The driver mysql, which can't send a token, opens its own socket with this path, which its error shows. Both other
    // drivers ask `stream` for one.
    socketPath: `: ${seen}; write client: '${CLIENTS[engine]}'`,
    stream:
      typeof stream === 'function'
        ? (connection: unknown) => {
            if (engineOf(connection) === engine) return stream(withoutPath(connection))
            const instead = ['write ', { option: 'client', value: CLIENTS[engine] }]
            throw optionsError([{ option: 'client', seen, instead }])
          }
        : stream,
  }
}

/** mysql2 passes its connection options, which contain `config`; pg passes the config itself. */
function engineOf(connection: unknown): Engine {
  return Object.hasOwn(Object(connection), 'config') ? 'mysql' : 'postgres'
}

/** Core would refuse the path above, because it isn't an address. */
function withoutPath(connection: unknown): unknown {
  const { config }: { config?: { socketPath?: unknown } } = Object(connection)
  if (config) config.socketPath = undefined
  return connection
}

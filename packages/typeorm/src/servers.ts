// The servers of a DataSource: one, or a master and slaves; each becomes a target, and is read as one.
import { type Engine, type IamTarget, optionsError, type Problem, RdsIamError } from '@rds-iam/core'
import type { IamOptions } from './options.ts'

/** What TypeORM's options say of one server. */
interface ServerOptions {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly database?: string
  /** With type postgres. */
  readonly applicationName?: string
  /** With type mysql and mariadb. */
  readonly poolSize?: number
  readonly iam?: IamOptions
}

/** A server's target, and the driver's options made of it. */
export interface Server<Config> {
  readonly options: ServerOptions
  readonly config: Config
}

interface Replicated extends ServerOptions {
  readonly ssl?: IamTarget['ssl'] | true
  readonly replication?: { readonly master: ServerOptions; readonly slaves: readonly ServerOptions[] }
}

/** Reads every server with `bind`; what is wrong with any of them is one error, in TypeORM's words. */
export function readServers<Config>(
  options: Replicated,
  engine: Engine,
  bind: (target: IamTarget) => Config,
): readonly [Server<Config>, ...Server<Config>[]] {
  const { replication, iam, ssl } = options
  const problems: Problem[] = []
  const read = (
    server: ServerOptions,
    prefix: string,
    own: IamOptions | undefined,
  ): Server<Config> | undefined => {
    const { url, host, port, username: user, database } = server
    const known = { engine, url, host, port, user, database, ssl: ssl === true ? undefined : ssl, ...own }
    // A target has no place for what is undefined.
    const target: IamTarget = Object.fromEntries(
      Object.entries(known).filter(([, value]) => value !== undefined),
    )
    try {
      return { options: server, config: bind(target) }
    } catch (error) {
      if (!(error instanceof RdsIamError)) throw error
      problems.push(
        ...error.problems.map(({ option, message }) => ({ option: renamed(option, prefix), message })),
      )
      return undefined
    }
  }

  const { via: _, ...shared } = iam ?? {}
  const [first, ...others] = replication
    ? [
        read(replication.master, 'replication.master.', { ...shared, ...replication.master.iam }),
        ...replication.slaves.map((slave, index) =>
          read(slave, `replication.slaves[${index}].`, { ...shared, ...slave.iam }),
        ),
      ]
    : [read(options, '', iam)]
  if (!first || problems.length > 0) throw optionsError(problems)
  return [first, ...others.filter((server) => server !== undefined)]
}

/**
 * TypeORM hands all servers of a replication the same options of the driver. So a URL of one of them can't hold any,
 * besides those in `own`, which each server has for itself.
 */
export function refuseParameters(
  [master, ...slaves]: readonly Server<object>[],
  extra: object | undefined,
  own: readonly string[],
): void {
  const problems = [master, ...slaves].flatMap((server, index): Problem[] =>
    Object.keys(server?.config ?? {})
      .filter((name) => !own.includes(name) && !Object.hasOwn(extra ?? {}, name))
      .map((name) => ({
        option: `replication.${index === 0 ? 'master' : `slaves[${index - 1}]`}.url`,
        message: `its parameter ${name} would be for all servers or for none; write it in extra`,
      })),
  )
  if (problems.length > 0) throw optionsError(problems)
}

const IAM = ['region', 'profile', 'role', 'credentials', 'timeoutMs', 'via', 'cname']

/** A target's option as it is called in TypeORM's options. */
function renamed(option: string, prefix: string): string {
  const [name = ''] = option.split(/[. ]/)
  if (name === 'ssl') return option
  return prefix + (IAM.includes(name) ? `iam.${option}` : option.replace(/^user\b/, 'username'))
}

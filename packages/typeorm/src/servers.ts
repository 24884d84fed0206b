// The servers of a DataSource: one, or a master and slaves. Each is read as a target.
import {
  type IamTarget,
  type Origin,
  optionsError,
  type Problem,
  RdsIamError,
  renameOptions,
} from '@rds-iam/core'
import { isIam } from './options.ts'
import type { MysqlOptions, OwnOptions, PostgresOptions, ServerOptions } from './types.ts'

/** A server's options, and the driver's options made of them. */
export interface Server<Config> {
  readonly options: ServerOptions
  readonly config: Config
}

/** At least one. */
export type Servers<Config> = readonly [Server<Config>, ...Server<Config>[]]

/** A server's options, and the prefix of their names in a message. */
interface Named {
  readonly prefix: string
  readonly options: ServerOptions
}

type Options = OwnOptions<PostgresOptions> | OwnOptions<MysqlOptions>

/** Reads every server with `bind`. All problems become one error, with TypeORM's names of the options. */
export function readServers<Config>(options: Options, bind: (target: IamTarget) => Config): Servers<Config> {
  const { iam, ssl, extra = {} } = options
  const [master, ...slaves] = serversOf(options)
  const problems: Problem[] = []
  if (slaves.length > 0) refuseSharedVia(options, [master, ...slaves], problems)
  const read = ({ prefix, options: server }: Named): Server<Config> | undefined => {
    const { url, host, port, username: user, database, iam: own } = server
    const target: IamTarget = { ...extra, url, host, port, user, database, ssl, ...iam, ...own }
    try {
      return { options: server, config: bind(target) }
    } catch (error) {
      if (!(error instanceof RdsIamError)) throw error
      const rename = (option: string): string => renamed(option, prefix, extra)
      problems.push(...error.problems.map((problem) => renameOptions(problem, rename)))
      return undefined
    }
  }
  const [first, ...others] = [read(master), ...slaves.map(read)]
  if (!first || problems.length > 0) throw optionsError(problems)
  return [first, ...others.filter((server) => server !== undefined)]
}

function serversOf(options: Options): readonly [Named, ...Named[]] {
  const { replication } = options
  if (!replication) return [{ prefix: '', options }]
  const { master, slaves } = replication
  return [
    { prefix: 'replication.master.', options: master },
    ...slaves.map((slave, index) => ({ prefix: `replication.slaves[${index}].`, options: slave })),
  ]
}

/** A `via` is the address of one server. If several shared it, the others would connect to the wrong server. */
function refuseSharedVia({ iam }: Options, servers: readonly Named[], problems: Problem[]): void {
  const name = 'RDS_IAM_VIA'
  const shared = iam?.via ?? (Object.hasOwn(process.env, name) && process.env[name])
  const lacking = servers.filter(({ options }) => options.iam?.via === undefined)
  if (!shared || lacking.length === 0) return
  const from: Origin = iam?.via === undefined ? { from: 'environment', name } : { from: 'option' }
  problems.push({
    option: 'iam.via',
    from,
    seen: 'is the address of one server, and there are several',
    instead: [
      'leave it out, and write ',
      ...lacking.flatMap(({ prefix }, index) => [index === 0 ? '' : ' and ', { option: `${prefix}iam.via` }]),
    ],
  })
}

/** The name of a target's option in TypeORM. */
function renamed(option: string, prefix: string, extra: object): string {
  const [name = ''] = option.split('.')
  if (name === 'ssl') return option
  if (isIam(name)) return `${prefix}iam.${option}`
  if (name === 'engine') return 'type'
  if (name === 'user') return `${prefix}username`
  return Object.hasOwn(extra, name) || name === 'stream' ? `extra.${option}` : prefix + option
}

/**
 * What a driver gets besides the options of the servers: `extra`, and the parameters of a server's URL, which TypeORM's
 * own options override. TypeORM passes the same to all servers of a replication, so the URL of one of them can't have
 * parameters, except those in `own`, which are per server.
 */
export function sharedExtra(
  servers: Servers<object>,
  options: Options,
  own: readonly string[],
  /** TypeORM's names of the driver's options that differ. */
  names: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { extra = {}, replication } = options
  if (replication) refuseParameters(servers, extra, own)
  const isOverridden = (name: string): boolean =>
    Object.hasOwn(options, Object.hasOwn(names, name) ? String(names[name]) : name)
  return Object.fromEntries(
    Object.entries(servers[0].config).filter(
      ([name]) => !own.includes(name) && (Object.hasOwn(extra, name) || !isOverridden(name)),
    ),
  )
}

function refuseParameters(servers: Servers<object>, extra: object, own: readonly string[]): void {
  const problems = servers.flatMap(({ config }, index): Problem[] =>
    Object.keys(config)
      .filter((name) => !own.includes(name) && !Object.hasOwn(extra, name))
      .map((name) => ({
        option: `replication.${index === 0 ? 'master' : `slaves[${index - 1}]`}.url`,
        seen: `parameter ${name} would apply to all servers`,
        instead: ['write it in ', { option: 'extra' }],
      })),
  )
  if (problems.length > 0) throw optionsError(problems)
}

// Reads TypeORM's options, from the object's own properties.
import { isOptions, optionsError, ownOptions, type Phrase, type Problem } from '@rds-iam/core'
import { shown } from '@rds-iam/core/connect'
import type {
  IamMysqlOptions,
  IamOptions,
  IamPostgresOptions,
  MysqlOptions,
  OwnOptions,
  PostgresOptions,
} from './types.ts'

const IAM: { readonly [name in keyof Required<IamOptions>]: true } = {
  region: true,
  profile: true,
  role: true,
  credentials: true,
  timeoutMs: true,
  via: true,
  cname: true,
  writer: true,
  dangerouslySkipServerVerification: true,
}

/** Whether an option of a target has its place in `iam`. */
export function isIam(name: string): boolean {
  return Object.hasOwn(IAM, name)
}

/** Options that TypeORM calls by another name, or doesn't have. */
const RIGHT_NAMES: Readonly<Record<string, string>> = {
  connectionString: 'url',
  uri: 'url',
  hostname: 'host',
  user: 'username',
  dbname: 'database',
  socketPath: 'iam.via',
  ...Object.fromEntries(Object.keys(IAM).map((name) => [name, `iam.${name}`])),
}

/** Options that belong next to `iam` and `extra`, not inside them. */
const OUTER_NAMES: Readonly<Record<string, string>> = {
  ...RIGHT_NAMES,
  engine: 'type',
  ...Object.fromEntries(['url', 'host', 'port', 'username', 'database', 'ssl'].map((name) => [name, name])),
}

const TYPES: readonly unknown[] = ['postgres', 'mysql', 'mariadb']

type Fields = Record<string, unknown>
type Own = OwnOptions<PostgresOptions> | OwnOptions<MysqlOptions>

/** Copies the options, and everything in them that is read here. Throws one error that names every problem. */
export function readOwn(options: IamPostgresOptions | IamMysqlOptions): Own {
  const reader = new Reader()
  const own = reader.dataSource(options)
  if (!own || reader.problems.length > 0) throw optionsError(reader.problems)
  // The reader has checked every option that may violate its type.
  return own as unknown as Own
}

class Reader {
  readonly problems: Problem[] = []

  dataSource(options: unknown): Fields | undefined {
    const own = this.#object('options', options)
    if (!own) return undefined
    const { type, connectorPackage = 'mysql2', iam, extra, replication } = own
    const types = 'write postgres, mysql or mariadb'
    if (type === undefined) this.#add('type', 'is missing', types)
    else if (!TYPES.includes(type)) this.#add('type', `${shown(type)} is not supported`, types)
    this.#misplaced('', own, RIGHT_NAMES)
    if (Object.hasOwn(own, 'nativeDriver'))
      this.#add('nativeDriver', 'cannot ask for tokens', 'remove it: TypeORM uses pg itself')
    if (connectorPackage !== 'mysql2') {
      const instead = ['write ', { option: 'connectorPackage', value: 'mysql2' }]
      this.#add('connectorPackage', `${shown(connectorPackage)} cannot send tokens`, instead)
    }
    if (iam !== undefined) own.iam = this.#iam('', iam)
    if (extra !== undefined) own.extra = this.#extra(extra)
    if (replication !== undefined) own.replication = this.#replication(replication)
    return own
  }

  #extra(extra: unknown): Fields | undefined {
    const own = this.#object('extra', extra)
    // TypeORM lets it override everything that it passes to the driver.
    if (own) this.#misplaced('', own, OUTER_NAMES, 'extra.')
    return own
  }

  #replication(replication: unknown): Fields | undefined {
    const own = this.#object('replication', replication)
    if (!own) return undefined
    const { master, slaves } = own
    own.master = this.#server('replication.master', master)
    if (Array.isArray(slaves))
      own.slaves = slaves.map((slave, index) => this.#server(`replication.slaves[${index}]`, slave))
    else this.#add('replication.slaves', 'is not a list', 'write a list of servers, which may be empty')
    return own
  }

  #server(option: string, server: unknown): Fields | undefined {
    const own = this.#object(option, server)
    if (!own) return undefined
    this.#misplaced(`${option}.`, own, RIGHT_NAMES)
    if (Object.hasOwn(own, 'ssl')) this.#add(`${option}.ssl`, 'is not read', ['write ', { option: 'ssl' }])
    if (own.iam !== undefined) own.iam = this.#iam(`${option}.`, own.iam)
    return own
  }

  #iam(prefix: string, iam: unknown): Fields | undefined {
    const own = this.#object(`${prefix}iam`, iam)
    for (const name of Object.keys(own ?? {})) {
      if (isIam(name)) continue
      const outer = Object.hasOwn(OUTER_NAMES, name) ? OUTER_NAMES[name] : undefined
      const instead: Phrase =
        outer === undefined
          ? `write one of ${Object.keys(IAM).join(', ')}`
          : ['write ', { option: prefix + outer }, ' instead']
      this.#add(`${prefix}iam.${name}`, 'is not an option', instead)
    }
    return own
  }

  /** Reports options that would bypass the login. `inner` is the object they are in. They belong next to it. */
  #misplaced(prefix: string, own: Fields, places: Readonly<Record<string, string>>, inner = ''): void {
    for (const [name, place] of Object.entries(places)) {
      if (!Object.hasOwn(own, name)) continue
      this.#add(prefix + inner + name, 'is not an option', ['write ', { option: prefix + place }, ' instead'])
    }
    if (Object.hasOwn(own, 'password'))
      this.#add(`${prefix}${inner}password`, 'is not used', 'remove it: a token takes its place')
  }

  /** A copy. If there is no object, returns undefined and adds a problem. */
  #object(option: string, value: unknown): Fields | undefined {
    if (isOptions(value)) return ownOptions(value)
    const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
    this.#add(option, value === undefined ? 'is missing' : `is ${kind}`, 'write an object')
    return undefined
  }

  #add(option: string, seen: string, instead: Phrase): void {
    this.problems.push({ option, seen, instead })
  }
}

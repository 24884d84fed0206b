// Opens the same Prisma client with either login.
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { iamPg } from '@rds-iam/prisma/pg'
import type { Opener } from '../compare.ts'
import { PrismaClient as MysqlClient } from '../generated/mysql/client.ts'
import { PrismaClient } from '../generated/postgres/client.ts'
import type { Engine, Way } from '../servers.ts'

type ClientOptions = Omit<ConstructorParameters<typeof PrismaClient>[0], 'adapter' | 'accelerateUrl'>
type Adapter = PrismaPg | PrismaMariaDb

export interface Kit {
  readonly engine: Engine
  /** An adapter with this login. The driver's pool gets `pool`, and the adapter gets `options`. */
  adapter(pool?: Record<string, unknown>, options?: Record<string, unknown>): Adapter
  /** A client that is disconnected after the scenario. */
  client(adapter?: Adapter, options?: ClientOptions): PrismaClient
  /** The same, with this login's adapter. */
  open(pool?: Record<string, unknown>, options?: ClientOptions): PrismaClient
  /** A client that can't log in. */
  openWrongly(pool?: Record<string, unknown>): PrismaClient
  /** A client that is configured by a URL with these parameters. */
  openUrl(params: string, options?: Record<string, unknown>): PrismaClient
}

export type Scenario = (kit: Kit) => Promise<unknown>

/** The defaults, 2 s and 5 s, are too short for a busy machine. */
const PATIENT = { maxWait: 30_000, timeout: 60_000 }

export function prismaOpener(engine: Engine, { address, user, login, wrongLogin }: Way): Opener<Kit> {
  const opened: PrismaClient[] = []
  const { host, port, database } = address
  const adapterOf = (given: string | object, options: object, by = login): Adapter => {
    if ('password' in by) {
      return engine === 'postgres'
        ? new PrismaPg(given as string, options) // both adapters accept a URL or options
        : new PrismaMariaDb(given as string, options)
    }
    const { region, credentials, ca } = by
    const target = {
      region,
      credentials,
      ssl: { ca },
      ...(typeof given === 'string' ? { url: given } : given),
    }
    return engine === 'postgres' ? iamPg(target, options) : iamMariaDb(target, options)
  }
  // By default, mariadb's pool opens ten connections at once and gives each one second, which is too short for a busy
  // machine. These scenarios test neither.
  const common = engine === 'mysql' ? { minimumIdle: 1, connectTimeout: 10_000 } : {}
  const adapterBy = (by: Way['login'], pool: object = {}, options: object = {}): Adapter => {
    const password = 'password' in by ? { password: by.password } : {}
    return adapterOf({ ...address, user, ...password, ...common, ...pool }, options, by)
  }
  const adapter: Kit['adapter'] = (pool, options) => adapterBy(login, pool, options)
  const client: Kit['client'] = (given = adapter(), options = {}) => {
    const patient = { transactionOptions: PATIENT, ...options }
    const opening =
      engine === 'postgres'
        ? new PrismaClient({ adapter: given, ...patient })
        : // The types of the generated clients differ only in the schema's provider.
          (new MysqlClient({ adapter: given, ...Object(patient) }) as unknown as PrismaClient)
    opened.push(opening)
    return opening
  }
  return {
    open: {
      engine,
      adapter,
      client,
      open: (pool, options) => client(adapter(pool), options),
      openWrongly: (pool) => client(adapterBy(wrongLogin, pool)),
      openUrl: (params, options = {}) => {
        const who = 'password' in login ? `${user}:${login.password}` : user
        return client(adapterOf(`${engine}://${who}@${host}:${port}/${database}?${params}`, options))
      },
    },
    closeAll: async () => {
      for (const opening of opened) await opening.$disconnect()
    },
  }
}

/** The driver's option for the size of its pool. */
export const limit = (engine: Engine, n: number): Record<string, unknown> =>
  engine === 'postgres' ? { max: n } : { connectionLimit: n }

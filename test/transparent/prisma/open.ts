// Prisma by either way: the same client, with an adapter that logs in the way's way.
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
  /** The way's adapter: `pool` goes to the driver's pool, `options` to the adapter. */
  adapter(pool?: Record<string, unknown>, options?: Record<string, unknown>): Adapter
  /** A client that is disconnected when the scenario is over. */
  client(adapter?: Adapter, options?: ClientOptions): PrismaClient
  /** The same, with the way's adapter. */
  open(pool?: Record<string, unknown>, options?: ClientOptions): PrismaClient
  /** A client whose logins are rejected. */
  openWrongly(pool?: Record<string, unknown>): PrismaClient
  /** A client that is told by a URL with these parameters. */
  openUrl(params: string, options?: Record<string, unknown>): PrismaClient
}

export type Scenario = (kit: Kit) => Promise<unknown>

/** By default a transaction may wait for 2 s, and last for 5 s. */
const PATIENT = { maxWait: 30_000, timeout: 60_000 }

export function prismaOpener(engine: Engine, { address, user, login, wrongLogin }: Way): Opener<Kit> {
  const opened: PrismaClient[] = []
  const { host, port, database } = address
  const adapterOf = (given: string | object, options: object, by = login): Adapter => {
    if ('password' in by) {
      return engine === 'postgres'
        ? new PrismaPg(given as string, options) // a URL, or options: both adapters take either
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
  // mariadb's pool opens ten connections at once unless told otherwise, and gives each one second: too little for a busy
  // machine. Neither matters to these scenarios.
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
        : // The generated clients differ in their types by the schema's provider alone.
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

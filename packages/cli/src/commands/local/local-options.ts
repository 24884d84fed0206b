// Turns the flags of `rds-iam local` into options of a local RDS.
import { randomBytes } from 'node:crypto'
import type { LocalRdsOptions } from '@rds-iam/local'
import { UsageError } from '../../failure.ts'

export interface LocalFlags {
  readonly engine?: 'postgres' | 'mysql'
  readonly port?: number
  readonly endpoint?: string
  readonly upstream?: string
  readonly user?: readonly string[]
  readonly database?: string
  readonly region?: string
  readonly session?: true
  readonly json?: true
}

export function optionsOf({ engine, port, user, database, region, ...flags }: LocalFlags): LocalRdsOptions {
  const upstream = flags.upstream ?? (process.env.RDS_IAM_UPSTREAM || undefined)
  const ofUpstream = /^(mysql|mariadb):/.test(upstream ?? '') ? 'mysql' : 'postgres'
  return {
    engine: engine ?? ofUpstream,
    port,
    endpoint: flags.endpoint === undefined ? undefined : endpointOf(flags.endpoint),
    upstream,
    users: user,
    database,
    region,
    keys: flags.session ? [newSession()] : undefined,
  }
}

/** Reads `HOST[:PORT]`. */
function endpointOf(text: string): { host: string; port?: number } {
  const [, host, port] = /^([^:/]+)(?::(\d+))?$/.exec(text) ?? []
  if (host === undefined)
    throw new UsageError(
      `--endpoint ${JSON.stringify(text)} is not an endpoint; write a host name or host:port`,
    )
  return port === undefined ? { host } : { host, port: Number(port) }
}

/** As long as the session tokens that STS issues for roles. The login tokens are then longer than 1,000 characters. */
function newSession() {
  const id = randomBytes(8).toString('hex').toUpperCase()
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(750).toString('base64'),
  }
}

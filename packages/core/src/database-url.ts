// A database URL with a token in it, for tools that take nothing else.
import { writeCaFile } from './ca-file.ts'
import type { Endpoint } from './endpoint.ts'
import { Problems } from './errors.ts'
import { readSettings } from './settings.ts'
import type { IamTarget } from './target.ts'
import { tokenSource } from './token-source.ts'

/**
 * A database URL with a fresh token as its password, and parameters that make Prisma's engines verify the
 * server's certificate. It is good for connections opened in the next 15 minutes at most: use it for one run of
 * a command, never in a service.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, or why no token could be signed
 * @example
 * ```ts
 * import { iamDatabaseUrl } from '@rds-iam/core'
 *
 * const url = await iamDatabaseUrl({ host: 'db.abc.eu-central-1.rds.amazonaws.com', port: 5432, user: 'jane_doe' })
 * ```
 */
export async function iamDatabaseUrl(target: IamTarget = {}): Promise<string> {
  const { endpoint, identity, params, trust, skipVerification } = readSettings(target)
  if (endpoint.via && !skipVerification) {
    const problems = new Problems()
    problems.add(
      'via',
      "can't be written into a URL: its host is both dialled and verified; dial the endpoint itself",
    )
    throw problems.toError()
  }
  const [token, caFile] = await Promise.all([tokenSource(endpoint, identity).get(), writeCaFile(trust.ca)])
  const url = new URL(
    `${endpoint.engine === 'mysql' ? 'mysql' : 'postgresql'}://${authority(endpoint, token)}`,
  )
  for (const [name, value] of params) url.searchParams.set(name, value)
  // https://www.prisma.io/docs/orm/overview/databases/postgresql#arguments: sslcert is the server's CA
  if (endpoint.engine === 'postgres') url.searchParams.set('sslmode', 'require')
  url.searchParams.set('sslcert', caFile)
  url.searchParams.set('sslaccept', skipVerification ? 'accept_invalid_certs' : 'strict')
  return url.href
}

function authority({ host, port, user, database = '' }: Endpoint, token: string): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${encodeURIComponent(user)}:${encodeURIComponent(token)}@${name}:${port}/${encodeURIComponent(database)}`
}

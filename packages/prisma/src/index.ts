// IAM login for Prisma's CLI and engines, which take only a URL: the one to use in prisma.config.ts.
import type { IamTarget } from '@rds-iam/core'
import { readSettings, type Settings } from '@rds-iam/core/connect'
import { type IamProxy, startProxy } from '@rds-iam/proxy'

/**
 * A URL for `datasource` in `prisma.config.ts`, or for `datasourceUrl` of a Prisma client without a driver adapter. It
 * points to a proxy in this process, which logs in at the endpoint with a new IAM token for each connection, over
 * verified TLS. It doesn't connect or sign before the first connection, so `prisma generate` needs no AWS credentials.
 * The proxy runs as long as the process, but doesn't keep it alive.
 *
 * A client with a driver adapter takes `iamPg()` or `iamMariaDb()` instead.
 *
 * @throws RdsIamError `ERR_RDS_IAM_OPTIONS`, naming everything that is wrong
 * @example
 * ```ts
 * import { iamDatasourceUrl } from '@rds-iam/prisma'
 *
 * // export default defineConfig({ datasource: { url: … } })
 * const url = await iamDatasourceUrl({
 *   host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
 *   port: 5432,
 *   user: 'jane_doe',
 *   database: 'app',
 * })
 * ```
 */
export async function iamDatasourceUrl(target: IamTarget = {}): Promise<string> {
  const settings = readSettings(target)
  const url = new URL((await proxyFor(target, settings)).url)
  url.pathname = `/${encodeURIComponent(settings.endpoint.database ?? '')}`
  return url.href
}

interface Shared {
  /** Everything that a proxy depends on, and the parameters of its URL, but not the database. */
  readonly key: string
  readonly credentials: IamTarget['credentials']
  readonly proxy: Promise<IamProxy>
}

/** The URLs of one server, such as that of a shadow database, share a proxy. */
const shared: Shared[] = []

function proxyFor(target: IamTarget, settings: Settings): Promise<IamProxy> {
  const { endpoint, identity, trust, params, skipVerification, cname } = settings
  const { credentials, ...others } = identity
  const server = { ...endpoint, database: undefined }
  const key = JSON.stringify([server, others, trust.ca, [...params], skipVerification, cname])
  const found = shared.find((one) => one.key === key && one.credentials === credentials)
  if (found) return found.proxy
  const proxy = startProxy(target, { unref: true })
  const entry = { key, credentials, proxy }
  shared.push(entry)
  proxy.catch(() => shared.splice(shared.indexOf(entry), 1))
  return proxy
}

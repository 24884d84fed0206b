// The environment variables that let a program connect to a local RDS without any argument.
import type { AwsKey } from './admission/admission.ts'
import type { Settings } from './options/options.ts'

interface Address {
  readonly host: string
  readonly port: number
}

export function environmentOf(
  { engine, users, database, keys, region }: Settings,
  { endpoint, listening, caFile }: { endpoint: Address; listening: Address; caFile: string },
): Record<string, string> & { DATABASE_URL: string } {
  const key: AwsKey | undefined = typeof keys === 'function' ? undefined : keys[0]
  const address = `${endpoint.host}:${endpoint.port}`
  return {
    DATABASE_URL: `${engine}://${encodeURIComponent(users[0])}@${address}/${encodeURIComponent(database)}`,
    RDS_IAM_VIA: viaOf(listening, endpoint),
    AWS_REGION: region,
    AWS_PROFILE: '',
    NODE_EXTRA_CA_CERTS: caFile,
    ...(key && {
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_SESSION_TOKEN: key.sessionToken ?? '',
    }),
  }
}

/** The address to connect to; empty if it is the endpoint's own host and port. */
function viaOf({ host, port }: Address, endpoint: Address): string {
  if (endpoint.port === port && (endpoint.host === 'localhost' || endpoint.host === host)) return ''
  const dialled = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return dialled.includes(':') ? `[${dialled}]:${port}` : `${dialled}:${port}`
}

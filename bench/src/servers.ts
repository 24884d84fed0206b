// Runs in a separate process: PostgreSQL and MySQL behind their gates, and a container's credential endpoint.
import { randomBytes } from 'node:crypto'
import { type AwsKey, type LocalRds, startLocalRds } from '@rds-iam/local'
import { startAws } from '../../test/support/aws.ts'

/** What a contender needs to know about a gate. */
export interface Gate {
  readonly engine: 'postgres' | 'mysql'
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly region: string
  readonly ca: string
  readonly serverVersion: string
  /** An environment that contains only a key. */
  readonly env: Readonly<Record<string, string>>
}

export interface Ready {
  readonly gates: readonly Gate[]
  /** The environment of a container that gets its credentials from an endpoint. */
  readonly container: Readonly<Record<string, string>>
}

const REGION = 'eu-central-1'
const newKey = (id: string): AwsKey => ({
  accessKeyId: `${id}${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64'),
})
const ownKey = newKey('AKIA')
const session: AwsKey = {
  ...newKey('ASIA'),
  sessionToken: randomBytes(600).toString('base64'), // about as long as AWS's
  expiration: new Date(Date.now() + 6 * 3_600_000),
}

const [aws, ...servers] = await Promise.all([
  startAws(() => session),
  ...(['postgres', 'mysql'] as const).map((engine) =>
    startLocalRds({
      engine,
      users: ['jane_doe'],
      endpoint: { host: `${engine}.c9akciq32rgh.${REGION}.rds.amazonaws.com` },
      region: REGION,
      keys: [ownKey, session],
      loginTimeoutMs: 120_000, // some contenders need long for 400 at once
    }),
  ),
])

function gateOf({ engine, endpoint, ca, serverVersion }: LocalRds): Gate {
  return {
    engine,
    ...endpoint,
    user: 'jane_doe',
    database: 'app',
    region: REGION,
    ca,
    serverVersion,
    env: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: ownKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ownKey.secretAccessKey,
    },
  }
}

process.on('message', (message) => {
  if (message === 'resolutions') process.send?.(aws.served.length)
})
process.once('disconnect', async () => {
  await Promise.all([aws.stop(), ...servers.map((server) => server.stop())])
  process.exit()
})
const ready: Ready = {
  gates: servers.map(gateOf),
  container: { AWS_REGION: REGION, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/container` },
}
process.send?.(ready)

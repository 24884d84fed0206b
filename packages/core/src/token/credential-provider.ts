// Where credentials come from: the option, the environment, or the AWS SDK's chain, and a role on top of them.
import type { CredentialSource, TriedSource } from '../credential-source.ts'
import { keepSecret } from '../safe-text.ts'
import type { AwsCredentials, Credentials } from '../target/target.ts'
import type { Identity } from './identity.ts'
import { readCredentials } from './read-credentials.ts'

type Provider = () => Promise<AwsCredentials>

/**
 * The credentials that nothing has to be asked for: an object in the options, or keys in the environment. Undefined if
 * there are none. `tried` receives the source.
 */
export function credentialsAtHand(
  { profile, role, credentials }: Identity,
  tried: TriedSource[],
): AwsCredentials | undefined {
  // From here on, no error may quote them.
  const { AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN } = process.env
  keepSecret(AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN)
  if (role || typeof credentials === 'function') return undefined
  if (credentials) return readCredentials(credentials, 'the credentials option has')
  const inEnv = environmentKeys(profile)
  if (!inEnv) return undefined
  tried.push({ source: 'environment' })
  return readCredentials(inEnv, 'the environment has')
}

/** Whether {@link credentialsAtHand} finds any. */
export function areAtHand({ profile, role, credentials }: Identity): boolean {
  return !role && typeof credentials !== 'function' && Boolean(credentials ?? environmentKeys(profile))
}

/**
 * A new provider each time, because a provider caches what it has found. `tried` receives the sources that it asks. Its
 * requests and processes end when `over` aborts.
 *
 * The SDK is loaded only if it is needed: that takes 40 ms, and a quarter of a second on a small Lambda.
 */
export async function providerOf(
  { profile, role, credentials, region }: Identity,
  tried: TriedSource[],
  over: AbortSignal,
): Promise<Provider> {
  const given = credentials && (() => readGiven(credentials))
  if (given && !role) return given
  const { endedBy, fromNodeProviderChain, fromTemporaryCredentials, leftAlone } = await import('./aws-sdk.ts')
  const logger = sourceLogger(tried)
  const chain: Provider = given
    ? () => leftAlone(given)
    : fromNodeProviderChain({
        // The SDK caches the shared config files for the life of the process, but keys on disk rotate.
        ignoreCache: true,
        logger,
        ...(profile === undefined ? {} : { profile }),
      })
  const sdk = role
    ? fromTemporaryCredentials({
        masterCredentials: chain,
        clientConfig: { region },
        params: {
          RoleArn: role.arn,
          RoleSessionName: role.sessionName ?? 'rds-iam',
          ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
        },
      })
    : chain
  return async () => readCredentials(await endedBy(over, sdk), 'the AWS SDK found')
}

async function readGiven(given: Credentials): Promise<AwsCredentials> {
  return typeof given === 'function'
    ? readCredentials(await given(), 'the credentials function returned')
    : readCredentials(given, 'the credentials option has')
}

/** By the SDK's names. */
const SOURCES: Readonly<Record<string, CredentialSource>> = {
  fromEnv: 'environment',
  fromIni: 'shared-config',
  fromProcess: 'process',
  fromTokenFile: 'web-identity',
  'fromHttp/fromContainerMetadata': 'container',
  fromInstanceMetadata: 'instance-metadata',
}

/**
 * Reads from the SDK's debug messages which sources it tries, and why each of them fails. The error that the chain
 * throws in the end doesn't say so. If the messages change, the list only gets shorter.
 */
function sourceLogger(
  tried: TriedSource[],
): { debug: (...words: unknown[]) => void } & Record<'info' | 'warn' | 'error', () => void> {
  const ignore = (): void => {}
  return {
    debug: (...words) => {
      const line = words.join(' ')
      const source = SOURCES[line.split('::')[1] ?? '']
      // '@smithy/property-provider -> Unable to find environment variable credentials.'
      const reason = /^@smithy\/property-provider\s*(?:->|\(!\))\s*(.+)$/.exec(line)?.[1]
      const last = tried.at(-1)
      if (source !== undefined) tried.push({ source })
      else if (last && last.reason === undefined && reason !== undefined && !/ next\.$/.test(reason)) {
        tried.splice(-1, 1, { ...last, reason })
      }
    },
    info: ignore,
    warn: ignore,
    error: ignore,
  }
}

/**
 * Keys in environment variables, as the SDK's chain reads them: only if no profile is named.
 * https://github.com/aws/aws-sdk-js-v3/blob/main/packages/credential-provider-env/src/fromEnv.ts
 */
function environmentKeys(profile: string | undefined): AwsCredentials | undefined {
  const { env } = process
  if (profile ?? env.AWS_PROFILE) return undefined
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (!accessKeyId || !secretAccessKey) return undefined
  const { AWS_SESSION_TOKEN: sessionToken, AWS_CREDENTIAL_EXPIRATION: end } = env
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(end && { expiration: new Date(end) }),
  }
}

// The places of docs/where-it-runs.md: the environment of a program there, and the source of its credentials.
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AwsKey } from '@rds-iam/local'
import { afterAll, beforeAll } from 'vitest'
import { type Aws, type AwsRequest, startAws } from '../support/aws.ts'
import { inNetwork } from '../support/dns.ts'
import { useFolder } from '../support/folder.ts'
import { type Block, blocks } from './pages.ts'

const NAMES = [
  'lambda',
  'ecs',
  'eks-pod-identity',
  'eks-irsa',
  'ec2',
  'app-runner',
  'github-actions',
  'laptop',
  'vercel',
] as const
type Name = (typeof NAMES)[number]

/** Each place provides a different key, so that the key in a token shows where it came from. */
const keys: Readonly<Record<Name, Required<AwsKey>>> = Object.fromEntries(
  NAMES.map((name, index): [Name, Required<AwsKey>] => [
    name,
    {
      accessKeyId: `ASIAGIVENATPLACE${1000 + index}`,
      secretAccessKey: `wJalrXUtnFEMI/K7MDENG/bPxRfi${index}`,
      sessionToken: `session-${name}`,
      expiration: new Date(Date.now() + 3_600_000),
    },
  ]),
) as Record<Name, Required<AwsKey>> // one entry for each name

export const placeKeys: readonly AwsKey[] = Object.values(keys)

export interface Place {
  /** The environment of a program in this place. `others` are the variables that name the database. */
  env(others: Readonly<Record<string, string>>): Record<string, string>
  /** The key ID of the credentials in this place, as in a verdict. */
  readonly keyId: string
}

/** The places in a block's mark `at`. */
export function placesOf({ marks }: Block): readonly Name[] {
  return NAMES.filter((name) => marks.get('at')?.split(',').includes(name))
}

/** The addresses of AWS's metadata services on every machine in AWS. */
const LINK_LOCAL = ['169.254.170.2', '169.254.170.23', '169.254.169.254']

export function usePlaces(): (name: Name) => Place {
  const home = useFolder()
  const write = (path: string, text: string): string => {
    const file = join(home, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }
  let aws: Aws
  beforeAll(async () => {
    aws = await startAws((request) => keys[placeOf(request)])
  })
  afterAll(() => aws?.stop())

  /** The variables that each place sets. */
  const environments: Readonly<Record<Name, () => Record<string, string>>> = {
    lambda: () => sessionOf(keys.lambda),
    ecs: () => ({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/ecs' }),
    'eks-pod-identity': () => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: write('eks-pod-identity-token', 'token of the pod'),
    }),
    'eks-irsa': () => ({
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/orders-api',
      AWS_WEB_IDENTITY_TOKEN_FILE: write('token', 'token of the service account'),
      AWS_REGION: 'eu-central-1',
    }),
    ec2: () => ({}),
    'app-runner': () => ({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/app-runner' }),
    'github-actions': () => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: `${aws.url}/github?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job',
    }),
    laptop: () => {
      const config = blocks.find(({ marks }) => marks.get('file') === '~/.aws/config')
      write('.aws/config', config?.text ?? '')
      const [, session = ''] = /^\[sso-session (.+)\]$/m.exec(config?.text ?? '') ?? []
      const login = { accessToken: 'token of the login', expiresAt: new Date(Date.now() + 3_600_000) }
      const file = createHash('sha1').update(session).digest('hex')
      write(`.aws/sso/cache/${file}.json`, JSON.stringify(login)) // as `aws sso login` does
      return { AWS_PROFILE: 'prod' }
    },
    vercel: () => ({ VERCEL: '1', VERCEL_OIDC_TOKEN: vercelToken() }),
  }

  return (name) => {
    const { accessKeyId } = keys[name]
    return {
      env: (others) => ({
        ...Object.fromEntries(Object.entries(others).filter(([name]) => !name.startsWith('AWS_'))),
        HOME: home,
        USERPROFILE: home,
        AWS_ENDPOINT_URL_STS: aws.url,
        AWS_ENDPOINT_URL_SSO: aws.url,
        ...environments[name](),
        ...inNetwork({ ports: Object.fromEntries(LINK_LOCAL.map((address) => [address, aws.port])) }),
      }),
      keyId: `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`,
    }
  }
}

/** The place where a program sends this request. */
function placeOf({ endpoint, path, params, authorization }: AwsRequest): Name {
  const places: Readonly<Record<string, Name>> = {
    'container /v2/credentials/ecs ': 'ecs',
    'container /v2/credentials/app-runner ': 'app-runner',
    'container /v1/credentials token of the pod': 'eks-pod-identity',
    'metadata ': 'ec2',
    'sts token of the service account': 'eks-irsa',
    'sts Bearer job sts.amazonaws.com': 'github-actions',
    [`sts ${vercelToken()}`]: 'vercel',
    'sso OrdersDeveloper 123456789012 token of the login': 'laptop',
  }
  const asked = {
    container: `${path} ${authorization ?? ''}`,
    metadata: '',
    sts: params.get('WebIdentityToken'),
    sso: `${params.get('role_name')} ${params.get('account_id')} ${authorization}`,
  }
  const found = places[`${endpoint} ${asked[endpoint]}`]
  if (!found) throw new Error(`nobody at any of the places asks: ${endpoint} ${asked[endpoint]}`)
  return found
}

function sessionOf({ accessKeyId, secretAccessKey, sessionToken }: Required<AwsKey>): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: 'eu-central-1',
  }
}

/** Its reader checks only the expiry. */
function vercelToken(): string {
  const payload = { sub: 'owner:example:project:orders:environment:production', exp: 4_102_444_800 }
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256' })}.${part(payload)}.signature`
}

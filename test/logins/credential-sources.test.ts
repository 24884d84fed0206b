import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { channels, createTokenSource, type IamTarget } from '@rds-iam/core'
import type { AwsKey } from '@rds-iam/local'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Aws, startAws } from '../support/aws.ts'
import { newFolder } from '../support/folder.ts'
import { answerHttp, listen } from '../support/listen.ts'

const MINUTE = 60_000
const target = {
  engine: 'postgres',
  host: 'db.abc.eu-central-1.rds.amazonaws.com',
  user: 'jane_doe',
} as const

let series = 0
let issued = 0
/** Credentials with a number in the key ID. */
function issue(lifeMs = 60 * MINUTE): Required<AwsKey> {
  return {
    accessKeyId: `ASIASERIES${String(series).padStart(3, '0')}N${String(++issued).padStart(3, '0')}`,
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
    sessionToken: `session-${issued}`,
    expiration: new Date(Date.now() + lifeMs),
  }
}

/** The credentials that the endpoints currently serve. */
let current = issue()
let aws: Aws
beforeAll(async () => {
  aws = await startAws()
})
afterAll(() => aws.stop())

let folder: string
beforeEach(() => {
  folder = newFolder()
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  aws.reset()
  aws.issue = () => current
  issued = 0
  series++
  vi.useFakeTimers({ now: Date.parse('2026-11-22T12:00:00Z'), toFake: ['Date'] })
})
afterEach(() => void vi.useRealTimers())

/** The next event on a channel. */
function published(name: string): Promise<unknown> {
  return new Promise((resolve) => {
    const listener = (message: unknown): void => {
      unsubscribe(name, listener)
      resolve(message)
    }
    subscribe(name, listener)
  })
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

/** Makes timers wait for the test, so that no limit expires on a slow machine before the source is asked. */
function holdTimers(): void {
  const now = Date.now()
  vi.useRealTimers() // Vitest fakes no further timers otherwise
  vi.useFakeTimers({ now, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
}

/** The number of the credentials that signed the token. */
async function signer(source: { get(): Promise<string> }): Promise<number> {
  return Number(/ASIASERIES\d{3}N(\d+)/.exec(await source.get())?.[1])
}

interface Source {
  readonly name: string
  readonly target?: IamTarget
  /** Puts credentials where the source finds them. For an endpoint, only sets its address. */
  provide?(key: Required<AwsKey>): void
  /** Whether the source reports when its credentials expire. */
  readonly tellsEnd: boolean
}

function provide(source: Source, key: Required<AwsKey> = issue()): void {
  current = key
  source.provide?.(key)
}

function writeProfile(name: string, { accessKeyId, secretAccessKey, sessionToken }: Required<AwsKey>): void {
  const lines = [
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `aws_session_token = ${sessionToken}`,
  ]
  writeFileSync(join(folder, 'credentials'), `[${name}]\n${lines.join('\n')}\n`)
}

/** A program for `credential_process` that prints a file. */
function writeProcess({ accessKeyId, secretAccessKey, sessionToken, expiration }: Required<AwsKey>): void {
  const answer = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiration.toISOString(),
  }
  const [program, output] = [join(folder, 'program.cjs'), join(folder, 'output.json')]
  writeFileSync(output, JSON.stringify(answer))
  writeFileSync(program, `process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(output)}))`)
  writeFileSync(
    join(folder, 'config'),
    `[default]\ncredential_process = "${process.execPath}" "${program}"\n`,
  )
}

const role = { arn: 'arn:aws:iam::123456789012:role/db-login', externalId: 'outside', sessionName: 'orders' }

const sources: readonly Source[] = [
  {
    name: 'the environment',
    tellsEnd: false,
    provide: ({ accessKeyId, secretAccessKey, sessionToken }) => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
      vi.stubEnv('AWS_SESSION_TOKEN', sessionToken)
    },
  },
  { name: 'the shared file', tellsEnd: false, provide: (key) => writeProfile('default', key) },
  {
    name: 'the shared file, with profile',
    target: { profile: 'prod' },
    tellsEnd: false,
    provide: (key) => writeProfile('prod', key),
  },
  {
    name: 'the profile that AWS_PROFILE names, whatever keys are in the environment',
    tellsEnd: false,
    provide: (key) => {
      writeProfile('prod', key)
      vi.stubEnv('AWS_PROFILE', 'prod')
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAINENVIRONMENT001')
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'other')
    },
  },
  { name: 'credential_process', tellsEnd: true, provide: writeProcess },
  {
    name: 'the container endpoint',
    tellsEnd: true,
    provide: () => vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${aws.url}/container`),
  },
  {
    name: 'the EC2 metadata service',
    tellsEnd: true,
    provide: () => {
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined)
      vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', aws.url)
    },
  },
  {
    name: 'web identity',
    tellsEnd: true,
    provide: () => {
      writeFileSync(join(folder, 'token'), 'web-identity-token')
      vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'))
      vi.stubEnv('AWS_ROLE_ARN', role.arn)
      vi.stubEnv('AWS_REGION', 'eu-central-1')
      vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url)
    },
  },
  {
    name: 'an assumed role',
    target: { role },
    tellsEnd: true,
    provide: () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATHEMASTERKEY0001')
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'master')
      vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url)
    },
  },
]

describe.each(sources)('$name', (source) => {
  it('is asked for each signing, but never for a cached token', async () => {
    provide(source)
    const tokens = createTokenSource({ ...target, ...source.target })
    expect(await signer(tokens)).toBe(1)
    provide(source)
    expect(await signer(tokens)).toBe(1)
    pass(14 * MINUTE + 1)
    expect(await signer(tokens)).toBe(2)
  })

  it('is asked at once after a rejected login', async () => {
    provide(source)
    const tokens = createTokenSource({ ...target, ...source.target })
    expect(await signer(tokens)).toBe(1)
    provide(source)
    tokens.invalidate()
    expect(await signer(tokens)).toBe(2)
  })
})

describe.each(sources.filter(({ tellsEnd }) => tellsEnd))(
  '$name, which reports when credentials expire',
  (source) => {
    it("limits its tokens' lifetime", async () => {
      provide(source, issue(5 * MINUTE))
      const tokens = createTokenSource({ ...target, ...source.target })
      expect(await signer(tokens)).toBe(1)
      pass(4 * MINUTE + 1)
      provide(source)
      expect(await signer(tokens)).toBe(2)
    })
  },
)

describe('a role', () => {
  const provideRole = (): void => {
    for (const source of sources) if (source.target?.role) provide(source)
  }

  it("is assumed with external ID and session name, in the endpoint's region", async () => {
    provideRole()
    await createTokenSource({ ...target, role }).get()
    expect(Object.fromEntries(aws.served[0]?.params ?? [])).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: role.arn,
      ExternalId: 'outside',
      RoleSessionName: 'orders',
    })
  })

  it('may be just its ARN, and is also assumed with credentials from the option', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url)
    const credentials = { accessKeyId: 'AKIATHEMASTERKEY0001', secretAccessKey: 'master' }
    await createTokenSource({ ...target, role: role.arn, credentials }).get()
    const params = Object.fromEntries(aws.served[0]?.params ?? [])
    expect(params).toMatchObject({ RoleArn: role.arn, RoleSessionName: 'rds-iam' })
    expect(params).not.toHaveProperty('ExternalId')
  })

  it('that cannot be assumed is named in the error', async () => {
    const message = 'User: jane is not authorized to perform: sts:AssumeRole'
    aws.issue = () => ({ code: 'AccessDenied', message })
    vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url)
    const credentials = { accessKeyId: 'AKIATHEMASTERKEY0001', secretAccessKey: 'master' }
    await expect(createTokenSource({ ...target, role, credentials }).get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS',
      message: `The role ${role.arn} could not be assumed: ${message}.`,
    })
  })

  it('that STS refuses with a quoted request is reported without the session token', async () => {
    const sessionToken = 'IQoJb3JpZ2luX2VjEA/a+session+token=='
    const request = `POST\n/\n\nx-amz-security-token:${sessionToken}\n`
    const message = `The signature does not match.\n\nThe Canonical String for this request should have been\n'${request}'`
    aws.issue = () => ({ code: 'SignatureDoesNotMatch', message })
    vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url)
    const credentials = { accessKeyId: 'ASIATHEMASTERKEY0001', secretAccessKey: 'the master', sessionToken }
    const error = await createTokenSource({ ...target, role, credentials })
      .get()
      .catch((thrown: unknown) => thrown)
    expect(Object(error).message).toBe(
      `The role ${role.arn} could not be assumed: The signature does not match.`,
    )
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/IQoJ|the master|security-token/i)
  })

  it.each([
    [403, '<html>Forbidden by policy</html>'],
    [404, '<html>Not found</html>'],
    [404, ''],
    [502, '<html>Bad gateway</html>'],
  ])(
    'for which something other than STS answers is reported with the status: %i %s',
    async (status, page) => {
      await using other = await answerHttp(status, page)
      vi.stubEnv('AWS_ENDPOINT_URL_STS', other.url)
      const credentials = { accessKeyId: 'AKIATHEMASTERKEY0001', secretAccessKey: 'master' }
      await expect(createTokenSource({ ...target, role, credentials }).get()).rejects.toMatchObject({
        message: `The role ${role.arn} could not be assumed: HTTP status ${status}.`,
      })
    },
  )

  it('is assumed separately in each region', async () => {
    provideRole()
    for (const region of ['eu-central-1', 'eu-west-1']) {
      await createTokenSource({ ...target, host: `db.abc.${region}.rds.amazonaws.com`, role }).get()
    }
    expect(aws.served.length).toBe(2)
  })

  it('is assumed once for 50 databases that are opened at once', async () => {
    provideRole()
    const tokens = Array.from({ length: 50 }, (_, n) =>
      createTokenSource({ ...target, role, user: `user_${n}` }),
    )
    await Promise.all(tokens.map((source) => source.get()))
    expect(aws.served.length).toBe(1)
  })
})

describe('a credential_process', () => {
  it('that hangs is ended after timeoutMs', async () => {
    holdTimers()
    const server = createServer()
    await using place = await listen(server)
    const started = once(server, 'connection')
    const program = join(folder, 'program.cjs')
    writeFileSync(program, `require('node:net').connect(${place.port}, '127.0.0.1')`)
    writeFileSync(
      join(folder, 'config'),
      `[default]\ncredential_process = "${process.execPath}" "${program}"\n`,
    )
    const failure = expect(createTokenSource({ ...target, timeoutMs: 5_000 }).get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT',
    })
    await started
    vi.advanceTimersByTime(5_000)
    await failure
    await expect.poll(() => place.connections()).toBe(0) // its only one is closed
  })
})

describe('a metadata service', () => {
  it('that hangs causes an error after timeoutMs that names the source', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${aws.url}/container`)
    aws.state = 'hanging'
    vi.spyOn(console, 'warn').mockImplementation(() => {}) // the SDK warns after a second
    // Enough for a busy machine to load the SDK and to ask.
    await expect(createTokenSource({ ...target, timeoutMs: 5_000 }).get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT',
      message: expect.stringContaining('\n  - container endpoint'),
      tried: expect.arrayContaining([{ source: 'container' }]),
    })
  })

  it.each([
    [
      'a container endpoint',
      () => vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${aws.url}/container`),
      {},
    ],
    [
      'an EC2 metadata service',
      () => {
        vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined)
        vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', aws.url)
      },
      {},
    ],
    [
      'STS',
      () => vi.stubEnv('AWS_ENDPOINT_URL_STS', aws.url),
      { role: 'arn:aws:iam::123456789012:role/db', credentials: issue() },
    ],
  ])('that hangs, as %s may, leaves no connection behind', async (_, arrange, more) => {
    arrange()
    aws.state = 'hanging'
    const source = createTokenSource({ ...target, ...more, timeoutMs: 40 })
    for (let n = 0; n < 20; n++) {
      await expect(source.get()).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT' })
    }
    expect(aws.served).toEqual([])
    await expect.poll(() => aws.connections()).toBe(0)
  })

  it('that is down fails no login while the token or its credentials are valid', async () => {
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${aws.url}/container`)
    current = issue()
    const tokens = createTokenSource(target)
    const first = await tokens.get()
    aws.state = 'down'
    pass(13 * MINUTE)
    const failed = published(channels.renewalFailed)
    expect(await tokens.get()).toBe(first)
    await failed
    pass(2 * MINUTE)
    expect(await tokens.get()).not.toBe(first)
    expect(await signer(tokens)).toBe(1)
    pass(45 * MINUTE)
    await expect(tokens.get()).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS' })
    aws.state = 'up'
    current = issue()
    expect(await signer(tokens)).toBe(2)
  })

  it('that serves expired credentials is detected, although the SDK extends their lifetime', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', undefined)
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', aws.url)
    current = issue(-MINUTE)
    await expect(createTokenSource(target).get()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS_EXPIRED',
    })
  })
})

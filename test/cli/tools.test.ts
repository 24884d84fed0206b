// Which credentials are used, and what tools get to log in with.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalRds } from '@rds-iam/local'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Aws, startAws } from '../support/aws.ts'
import { usePackedCli } from '../support/cli.ts'
import { useFolder } from '../support/folder.ts'
import { mysqlClient } from '../support/mysql-client.ts'
import { useServers, verdictsOf } from '../support/rds.ts'

const ROLE = 'arn:aws:iam::123456789012:role/login'
const key = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'KnOwNtOtHeGaTe/K7MDENG/bPxRfi' }
/** A session of five minutes, in whole seconds, as AWS reports it. */
const session = {
  accessKeyId: 'ASIASESSIONWHICHENDS',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi',
  sessionToken: 'IQoJb3JpZ2luX2VjEShortSessionToken',
  expiration: new Date(Math.floor(Date.now() / 1000) * 1000 + 300_000),
}

/** The running programs with their arguments, each time that a key is looked up or issued. */
const seen: string[] = []
function look(): void {
  seen.push(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }))
}

const cli = usePackedCli()
const keys = (id: string) => {
  look()
  return [key, session].find(({ accessKeyId }) => accessKeyId === id)
}
const rds = useServers({ keys })
const engines = ['postgres', 'mysql'] as const
const query = { postgres: ['psql', '-XAtc', 'SELECT 42'], mysql: [mysqlClient, '-Ne', 'SELECT 42'] }

const folder = useFolder()
const sharedFiles = { AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') }
let aws: Aws
beforeAll(async () => {
  aws = await startAws(() => {
    look()
    return session
  })
  const lines = [`aws_access_key_id = ${key.accessKeyId}`, `aws_secret_access_key = ${key.secretAccessKey}`]
  writeFileSync(join(folder, 'credentials'), `[prod]\n${lines.join('\n')}\n`)
})
afterAll(() => aws.stop())

/** How to reach the server, without credentials. */
function way({ env }: LocalRds): Record<string, string> {
  return { ...env, ...sharedFiles, AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_DISABLED: 'true' }
}
/** Credentials from the container's endpoint, as on ECS. */
const container = () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/container` })

describe.each(engines)('credentials, on %s', (engine) => {
  const run = async (...flags: string[]) => {
    const { code, output } = await cli().run(['exec', ...flags, '--', ...query[engine]], {
      env: way(rds[engine]()),
    })
    expect([code, output]).toEqual([0, '42\n'])
  }

  it('come from the given profile', async () => {
    const verdicts = await verdictsOf(rds[engine](), () => run('--profile', 'prod'))
    expect(verdicts).toMatchObject([{ admitted: true, keyId: 'AKIA…TE01' }])
  })

  it('come from the role that the profile assumes', async () => {
    const verdicts = await verdictsOf(rds[engine](), () => run('--profile', 'prod', '--role', ROLE))
    expect(verdicts).toMatchObject([{ admitted: true, keyId: 'ASIA…ENDS' }])
    expect(aws.served.at(-1)?.params.get('RoleArn')).toBe(ROLE)
  })
})

describe('a token from short-lived credentials', () => {
  it('is explained with its real expiry', async () => {
    const args = ['token', '--decode', '--json', '--profile', 'prod', '--role', ROLE]
    const { output, errors } = await cli().run(args, { env: way(rds.postgres()) })
    expect(errors).toBe('')
    const { ends, secondsLeft, temporary } = JSON.parse(output)
    expect([ends, temporary]).toEqual([session.expiration.toISOString(), true])
    expect(secondsLeft).toBeLessThanOrEqual(300)
  })
})

describe('what `ps` shows', () => {
  afterEach(() => void seen.splice(0))

  it.each([
    ['token', ['token']],
    ['exec', ['exec', '--', ...query.postgres]],
    ['doctor', ['doctor']],
  ])('of %s is not a secret', async (name, args) => {
    seen.length = 0
    const { code } = await cli().run(args, { env: { ...way(rds.postgres()), ...container() } })
    expect(code).toBe(0)
    // At least one snapshot was taken while the program ran.
    expect(seen.filter((programs) => programs.includes(`/rds-iam ${name}`))).not.toEqual([])
    for (const programs of seen) {
      for (const secret of [session.secretAccessKey, session.sessionToken, 'X-Amz-'])
        expect(programs).not.toContain(secret)
    }
  })
})

// A day of a service in a minute of real time, on a clock that the signer, the gate and AWS's endpoints share.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromNodeProviderChain } from '@aws-sdk/credential-providers'
import { Signer } from '@aws-sdk/rds-signer'
import { channels, type IamTarget } from '@rds-iam/core'
import { iamMariaDbConfig } from '@rds-iam/core/mariadb'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import type { AwsKey } from '@rds-iam/local'
import * as mariadb from 'mariadb'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { newestResolution } from '../../packages/core/src/token/credentials.ts'
import { type Aws, startAws } from '../support/aws.ts'
import { useFolder } from '../support/folder.ts'
import { enter, useLocalRds } from '../support/rds.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Every key that AWS has issued. The gates check their expiry. */
const known = new Map<string, AwsKey & { expiration: Date }>()
function issue(lifeMs: number): Required<AwsKey> {
  const accessKeyId = `ASIAOFTHEDAY${String(known.size).padStart(8, '0')}`
  const key = {
    accessKeyId,
    secretAccessKey: `secret-${known.size}`,
    sessionToken: `session-${known.size}`,
    expiration: new Date(Date.now() + lifeMs),
  }
  known.set(accessKeyId, key)
  return key
}

const keys = (id: string) => known.get(id)
const postgres = useLocalRds({ engine: 'postgres', keys })
const mysql = useLocalRds({ engine: 'mysql', keys })

/** Credentials of an instance's role. They last an hour, and are renewed 5 minutes before they expire. */
let role = issue(HOUR)
let aws: Aws
beforeAll(async () => {
  aws = await startAws(() => {
    if (role.expiration.getTime() - Date.now() < 5 * MINUTE) role = issue(HOUR)
    return role
  })
})
afterAll(() => aws.stop())

const folder = useFolder()
afterAll(() => void vi.useRealTimers())

/** Writes new keys to the credentials file. The old ones are deleted a minute later. */
let filed: AwsKey & { expiration: Date }
function rotateFile(): void {
  if (filed) filed.expiration = new Date(Date.now() + MINUTE)
  filed = issue(365 * 24 * HOUR)
  const { accessKeyId, secretAccessKey, sessionToken } = filed
  writeFileSync(
    join(folder, 'credentials'),
    `[filed]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\naws_session_token=${sessionToken}\n`,
  )
}

type Login = () => Promise<void>

/** One login through each driver, each with its own token source. */
function logins(target: IamTarget): Record<string, Login> {
  enter(postgres())
  instance()
  const ofPg = iamPgConfig(target)
  enter(mysql())
  instance()
  const ofMysql2 = iamMysql2Config(target)
  const ofMariaDb = iamMariaDbConfig(target)
  return {
    pg: async () => {
      const client = new pg.Client(ofPg)
      await client.connect()
      await client.end()
    },
    mysql2: async () => {
      const connection = await mysql2.createConnection(ofMysql2)
      await connection.end()
    },
    mariadb: async () => {
      const connection = await mariadb.createConnection(ofMariaDb)
      await connection.end()
    },
  }
}

/** The environment of a process on an instance that also has a credentials file. */
function instance(): void {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', aws.url)
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
}

/** The usual recipe from blog posts: a signer that is created once, and a token that is cached for 15 minutes. */
function usualRecipe(): Login {
  const { hostname, port } = new URL(postgres().url)
  const signer = new Signer({
    hostname,
    port: Number(port),
    username: 'iam_user',
    region: 'us-east-1',
    credentials: fromNodeProviderChain(),
  })
  let cached: { token: string; at: number } | undefined
  const password = async (): Promise<string> => {
    if (!cached || Date.now() - cached.at > 15 * MINUTE)
      cached = { token: await signer.getAuthToken(), at: Date.now() }
    return cached.token
  }
  const config = { ...iamPgConfig({ url: postgres().url, region: 'us-east-1' }), password }
  return async () => {
    const client = new pg.Client(config)
    try {
      await client.connect()
    } finally {
      await client.end()
    }
  }
}

interface Tally {
  logins: number
  failures: string[]
}

async function count(tally: Tally, login: Login): Promise<void> {
  tally.logins++
  await login().catch((error: Error) =>
    tally.failures.push(`${new Date(Date.now()).toISOString()} ${error.message}`),
  )
}

it('has no failed logins, unlike the usual recipe', async () => {
  const start = Date.now()
  vi.useFakeTimers({ now: start, toFake: ['Date'] })
  role = issue(HOUR)
  rotateFile()
  const ofRole = logins({})
  const ofFile = logins({ profile: 'filed' })
  enter(postgres())
  instance()
  const recipe = usualRecipe()
  const resolvedBefore = newestResolution()
  let signings = 0
  const countSigning = (): void => void signings++
  subscribe(channels.tokenSigned, countSigning)

  const ours: Tally = { logins: 0, failures: [] }
  const filed: Tally = { logins: 0, failures: [] }
  const theirs: Tally = { logins: 0, failures: [] }
  const at = (hours: number): number => start + hours * HOUR
  const down = [3.2, 9.7, 18.45].map((hours) => [at(hours), at(hours) + 8 * MINUTE] as const)
  const freezes = [at(6), at(14)]
  const rotations = [at(5.1), at(12.3), at(20.6)]
  let rotated = 0
  let nextHour = at(1)
  const drivers = ['pg', 'mysql2', 'mariadb'] as const
  for (let tick = 0; Date.now() < at(24); tick++) {
    vi.setSystemTime(Date.now() + 35 * SECOND)
    const now = Date.now()
    if (freezes[0] !== undefined && now >= freezes[0]) {
      freezes.shift()
      vi.setSystemTime(now + 2 * HOUR)
    }
    aws.state = down.some(([from, to]) => now >= from && now < to) ? 'down' : 'up'
    if (rotations[0] !== undefined && now >= rotations[0]) {
      rotations.shift()
      rotated++
      rotateFile()
    }
    const driver = drivers[tick % 3] ?? 'pg'
    await count(ours, ofRole[driver] ?? expect.unreachable())
    if (tick % 5 === 0) await count(filed, ofFile[driver] ?? expect.unreachable())
    if (tick % 15 === 0) await count(theirs, recipe)
    if (Date.now() >= nextHour) {
      nextHour += HOUR
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          count(ours, ofRole[drivers[n % 3] ?? 'pg'] ?? expect.unreachable()),
        ),
      )
    }
  }
  unsubscribe(channels.tokenSigned, countSigning)
  vi.useRealTimers()

  const report = [
    `role credentials:  ${ours.logins} logins, ${ours.failures.length} failed`,
    `credentials file:  ${filed.logins} logins, ${filed.failures.length} failed, in ${rotated} rotations without overlap`,
    `the usual recipe:  ${theirs.logins} logins, ${theirs.failures.length} failed`,
    `tokens signed: ${signings}; credentials resolved: ${newestResolution() - resolvedBefore}`,
  ]
  console.log(report.join('\n'))
  expect(ours.failures).toEqual([])
  expect(filed.failures.length).toBeLessThanOrEqual(rotated)
  expect(rotated).toBe(3)
  expect(theirs.failures.length).toBeGreaterThan(0)
}, 600_000)

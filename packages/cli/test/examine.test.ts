import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IamTarget } from '@rds-iam/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Sts, startSts } from '../../../test/sts.ts'
import type { Examination } from '../src/doctor/examination.ts'
import { examine, finished } from '../src/doctor/examine.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

let sts: Sts
let folder: string
beforeAll(async () => {
  sts = await startSts()
  folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
})
afterAll(() => {
  sts.stop()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_VIA)/.test(name)) vi.stubEnv(name, undefined)
  }
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'none'))
  vi.stubEnv('AWS_ENDPOINT_URL', sts.url)
})

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Whoever answers each client with this, and is gone. */
async function saying(text: string, path?: string): Promise<string> {
  const server = createServer((client: Socket) => client.on('error', () => {}).end(text))
  servers.push(path === undefined ? server.listen(0, '127.0.0.1') : server.listen(path))
  await once(server, 'listening')
  return path ?? `127.0.0.1:${(server.address() as AddressInfo).port}` // a server that listens on TCP has one
}

/** `skipped: why`, `failed: message`, or `ok`. */
async function told(target: IamTarget): Promise<Record<keyof Examination, string>> {
  const steps = Object.entries(await finished(examine({ credentials, ...target })))
  const words = steps.map(([name, step]) => {
    if (step.status === 'ok') return [name, 'ok']
    return [name, `${step.status}: ${step.status === 'failed' ? step.fault.message : step.why}`]
  })
  return Object.fromEntries(words)
}

describe('an examination', () => {
  it('goes as far as it can where nobody says which database', async () => {
    expect(await told({ via: await saying('N'), region: 'us-east-1' })).toMatchObject({
      options: expect.stringContaining("engine can't be told from a URL or a port"),
      region: 'ok',
      dns: 'ok',
      tcp: 'ok',
      tls: 'skipped: the options do not say which engine, or which name to expect',
      clock: 'ok',
      credentials: 'ok',
      token: 'skipped: the options are wrong',
      login: 'skipped: the options are wrong',
      session: 'skipped: no login',
    })
  })

  it('goes by the path of a socket, which has no name', async () => {
    const via = await saying('N', join(folder, '.s.PGSQL.5432'))
    expect(await told({ url: `postgres://jane_doe@${HOST}/app`, via })).toMatchObject({
      options: 'ok',
      dns: 'skipped: via is the path of a socket',
      tcp: 'ok',
      tls: 'failed: the server speaks PostgreSQL, but no TLS',
      token: 'ok',
      login: 'skipped: no trusted connection',
    })
  })

  it('has nowhere to go without a host', async () => {
    expect(await told({ url: 'postgres://jane_doe@/app' })).toMatchObject({
      region: 'failed: unknown: see options',
      dns: 'skipped: the options do not say where to',
      tcp: 'skipped: the options do not say where to',
      tls: 'skipped: no connection',
      clock: 'skipped: the region is unknown',
      login: 'skipped: the options are wrong',
    })
  })
})

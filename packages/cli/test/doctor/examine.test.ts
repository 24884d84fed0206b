import { join } from 'node:path'
import type { IamTarget } from '@rds-iam/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Aws, startAws } from '../../../../test/support/aws.ts'
import { useFolder } from '../../../../test/support/folder.ts'
import { play, saying } from '../../../../test/support/play.ts'
import type { Examination } from '../../src/doctor/examination.ts'
import { examine, finished } from '../../src/doctor/examine.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

const folder = useFolder()
let aws: Aws
beforeAll(async () => {
  aws = await startAws()
})
afterAll(() => aws.stop())
beforeEach(() => void vi.stubEnv('AWS_ENDPOINT_URL', aws.url))

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
  it('goes as far as it can without a target', async () => {
    await using server = await play(saying('N'))
    expect(await told({ via: `127.0.0.1:${server.port}`, region: 'us-east-1' })).toMatchObject({
      options: expect.stringContaining('--engine is missing, and neither a URL nor a port implies it'),
      region: 'ok',
      dns: 'ok',
      tcp: 'ok',
      tls: 'skipped: the engine or the host is unknown',
      clock: 'ok',
      credentials: 'ok',
      token: 'skipped: the options are wrong',
      login: 'skipped: the options are wrong',
      session: 'skipped: no login',
    })
  })

  it('connects to a socket without DNS', async () => {
    const via = join(folder, '.s.PGSQL.5432')
    await using _server = await play(saying('N'), via)
    expect(await told({ url: `postgres://jane_doe@${HOST}/app`, via })).toMatchObject({
      options: 'ok',
      dns: 'skipped: --via is the path of a socket',
      tcp: 'ok',
      tls: 'failed: the server speaks PostgreSQL, but does not support TLS',
      token: 'ok',
      login: 'skipped: no trusted connection',
    })
  })

  it('skips the network without a host', async () => {
    expect(await told({ url: 'postgres://jane_doe@/app' })).toMatchObject({
      region: 'failed: unknown, see options',
      dns: 'skipped: the address is unknown',
      tcp: 'skipped: the address is unknown',
      tls: 'skipped: no connection',
      clock: 'skipped: the region is unknown',
      login: 'skipped: the options are wrong',
    })
  })
})

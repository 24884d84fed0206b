// The doctor, in this process or as people get it, packed and installed in an empty folder; and its targets.
import type { LocalRds } from '@rds-iam/local'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { Cause } from '../../packages/cli/src/doctor/causes/index.ts'
import { watchOutput } from '../setup/secrets.ts'
import { type Aws, startAws } from './aws.ts'
import type { Ended } from './child.ts'
import { usePackedCli } from './cli.ts'
import { inNetwork, NETWORK } from './dns.ts'
import { useFolder } from './folder.ts'
import { runHere } from './in-process.ts'

interface Report {
  readonly ok: boolean
  readonly steps: Readonly<Record<string, { status: string; why?: string; found?: Record<string, unknown> }>>
  readonly causes: readonly Cause[]
}

type Env = Readonly<Record<string, string>>
type Run = (args: readonly string[], env: Env, cwd?: string) => Promise<Ended>

interface Ways {
  /** Runs it with this environment, and no other variables about AWS and databases. Default folder: an empty one. */
  readonly run: Run
  /** The same, and parses the findings. */
  examine(args: readonly string[], env: Env): Promise<Ended & { report: Report }>
  /** The IDs of the causes of a failed login, in order. */
  causes(args: readonly string[], env: Env): Promise<string[]>
}

/** Runs in this process, one at a time. */
export interface Doctor extends Ways {
  /** Runs in processes of their own, from the packed program. */
  readonly packed: Ways
  readonly aws: Aws
  /** All output so far. */
  readonly said: readonly string[]
}

/** A doctor, an empty folder to run it in, and an AWS to ask. */
export function useDoctor(): () => Doctor {
  const cli = usePackedCli()
  const folder = useFolder()
  let aws: Aws
  const said: string[] = []
  beforeAll(async () => {
    aws = await startAws()
  })
  beforeEach(() => aws.reset())
  afterAll(() => aws.stop())
  const ways = (
    start: (args: readonly string[], options: { env: Env; cwd: string }) => Promise<Ended>,
  ): Ways => {
    const run: Run = async (args, env, cwd = folder) => {
      const own = {
        HOME: folder,
        USERPROFILE: folder,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ENDPOINT_URL_STS: aws.url,
        AWS_ENDPOINT_URL_RDS: 'http://127.0.0.1:1', // nothing listens there, because AWS itself must not be asked
        NODE_OPTIONS: `--import ${NETWORK}`,
        ...inNetwork({}),
      }
      const end = await start(['doctor', ...args], { cwd, env: { ...own, ...env } })
      said.push(end.output, end.errors)
      watchOutput(end.output + end.errors)
      return end
    }
    const examine: Ways['examine'] = async (args, env) => {
      const end = await run([...args, '--json'], env)
      return { ...end, report: JSON.parse(end.output) }
    }
    const causes: Ways['causes'] = async (args, env) => {
      const { code, errors, report } = await examine(args, env)
      expect(errors).toBe('')
      expect(code).toBe(1)
      expect(report.ok).toBe(false)
      return report.causes.map(({ id }) => id)
    }
    return { run, examine, causes }
  }
  const here = ways(runHere)
  const packed = ways((args, options) => cli().run(args, options))
  return () => ({ aws, said, ...here, packed })
}

/** How to reach a local RDS that acts as an endpoint: its environment, and a tunnel. */
export function tunnelTo(rds: LocalRds): Record<string, string> {
  const { engine, endpoint, env } = rds
  const { DATABASE_URL: _, AWS_PROFILE: _profile, ...others } = env
  return {
    ...others,
    DATABASE_URL: `${engine}://jane_doe@${endpoint.host}:${endpoint.port}/app`,
    RDS_IAM_VIA: `127.0.0.1:${rds.port}`,
  }
}

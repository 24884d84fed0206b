// The doctor as a program of its own, in an empty folder, and what it has to examine.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { LocalRds } from '@rds-iam/local'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Ended, ended } from './cli.ts'
import { KNOWN, type Sts, startSts } from './sts.ts'

const BIN = fileURLToPath(new URL('../packages/cli/dist/bin.mjs', import.meta.url))
const NAMES = pathToFileURL(fileURLToPath(new URL('programs/names.mjs', import.meta.url))).href

interface Report {
  readonly ok: boolean
  readonly steps: Readonly<Record<string, { status: string; why?: string; found?: Record<string, unknown> }>>
  readonly causes: readonly { id: string; certainty: string; title: string; because?: string }[]
}

export interface Doctor {
  readonly sts: Sts
  /** Runs it with this environment, and no other of AWS and databases. Default folder: an empty one. */
  run(args: readonly string[], env: Readonly<Record<string, string>>, cwd?: string): Promise<Ended>
  /** The same, and reads what it found. */
  examine(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended & { report: Report }>
  /** All that it said so far. */
  readonly said: readonly string[]
}

/** A doctor, an empty folder to run it in, and an STS for it to ask. */
export function useDoctor(): () => Doctor {
  let folder: string
  let sts: Sts
  const said: string[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
    sts = await startSts()
  })
  beforeEach(() => Object.assign(sts, { aheadMs: 0, answer: KNOWN }))
  afterAll(() => {
    sts.stop()
    rmSync(folder, { recursive: true })
  })
  const run: Doctor['run'] = async (args, env, cwd = folder) => {
    const clean = Object.entries(process.env).filter(
      ([name]) => !/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_|VITEST|NODE_|NO_COLOR|FORCE_COLOR)/.test(name),
    )
    const own = {
      HOME: folder,
      USERPROFILE: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_STS: sts.url,
      NODE_OPTIONS: `--import ${NAMES}`,
      TEST_NAME_SERVER: '127.0.0.1:1', // nobody's: no real one is to be asked for names of a test
    }
    const child = spawn(process.execPath, [BIN, 'doctor', ...args], {
      cwd,
      env: { ...Object.fromEntries(clean), ...own, ...env },
    })
    const end = await ended(child)
    said.push(end.output, end.errors)
    return end
  }
  return () => ({
    sts,
    said,
    run,
    async examine(args, env) {
      const end = await run([...args, '--json'], env)
      return { ...end, report: JSON.parse(end.output) }
    },
  })
}

/** The way to a local RDS that passes for an endpoint: its environment, and a tunnel to it. */
export function tunnelTo(rds: LocalRds): Record<string, string> {
  const { engine, endpoint, env } = rds
  const { DATABASE_URL: _, AWS_PROFILE: _profile, ...others } = env
  return {
    ...others,
    DATABASE_URL: `${engine}://jane_doe@${endpoint.host}:${endpoint.port}/app`,
    RDS_IAM_VIA: `127.0.0.1:${rds.port}`,
  }
}

// Runs the built packages on Bun and Deno.
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { IamTarget } from '@rds-iam/core'
import type { LocalRds } from '@rds-iam/local'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runtimes } from '../../scripts/nodes.mjs'
import { type BadCertificate, type Certificates, certificatesFor } from '../support/certificates.ts'
import { outputOf, start } from '../support/child.ts'
import { useFolder } from '../support/folder.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { type Played, play, type Script } from '../support/play.ts'
import { postgres } from '../support/postgres-scripts.ts'
import { useServers } from '../support/rds.ts'
import { stacks } from '../support/stacks.ts'
import { DATABASE, KEY, startGate, startReadOnlyAndWriter, USER } from '../support/writers.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const local = useServers({ endpoint: { host: HOST } })
type Engine = keyof typeof local

/** An endpoint, which can be pointed from the first to the second. */
const WRITER = 'orders.cluster-c9akciq32rgh.us-east-1.rds.amazonaws.com'
const twoServers = {
  postgres: useTwoServers('postgres'),
  mysql: useTwoServers('mysql'),
}

/** The gates to a read-only server and to the writer. */
function useTwoServers(engine: Engine): () => readonly LocalRds[] {
  const running: { stop(): Promise<void> }[] = []
  let gates: readonly LocalRds[] = []
  beforeAll(async () => {
    const servers = await startReadOnlyAndWriter(engine)
    running.push(...servers)
    gates = await Promise.all(servers.map((server) => startGate(engine, WRITER, server)))
    running.push(...gates)
  })
  afterAll(() => Promise.all(running.map((each) => each.stop())))
  return () => gates
}

let certificates: Certificates
const folder = useFolder()
beforeAll(async () => {
  certificates = await certificatesFor(HOST)
})

const servers: Played[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

function hostileServers(engine: Engine): Record<string, Script> {
  const { bad } = certificates
  const kinds = Object.keys(bad) as BadCertificate[] // a const object has no other keys
  const server = engine === 'postgres' ? postgres : mysql
  return {
    ...Object.fromEntries(kinds.map((kind) => [`a certificate ${kind}`, server.overTls(bad[kind])])),
    'a password request before TLS': server.askingBeforeTls,
  }
}

/** Runs a program until it ends, and calls back with each line of its output. */
async function runProgram(
  [runtime = '', ...options]: readonly string[],
  [program, ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  heard: (line: string) => void,
): Promise<{ code: unknown; errors: string }> {
  const child = start(runtime, [...options, `test/support/programs/${program}.ts`, ...args], { env })
  createInterface({ input: child.stdout }).on('line', heard)
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  return { code, errors }
}

it('finds both on Linux on x64, and none elsewhere', () => {
  const { platform, arch } = process
  expect(Object.keys(runtimes)).toEqual(platform === 'linux' && arch === 'x64' ? ['Bun', 'Deno'] : [])
})

describe.each(Object.entries(runtimes))('%s', (runtime, command) => {
  describe.each(['postgres', 'mysql'] as const)('on %s', (engine) => {
    it('logs in through every stack, explains a rejected login, and keeps the token from hostile servers', async () => {
      const { env, port } = local[engine]()
      const ca = join(folder, `${engine}.pem`)
      writeFileSync(ca, readFileSync(env.NODE_EXTRA_CA_CERTS ?? '', 'utf8') + certificates.ca)
      const via = `127.0.0.1:${port}`
      const unknown = { accessKeyId: 'AKIANEVERHEARDOF0001', secretAccessKey: 'unknown' }
      const targets: Record<string, IamTarget> = { good: { via }, rejected: { via, credentials: unknown } }
      for (const [name, script] of Object.entries(hostileServers(engine))) {
        const server = await play(script)
        servers.push(server)
        targets[name] = { via: `127.0.0.1:${server.port}` }
      }
      const expected: Record<string, unknown> = {
        good: 'iam_user',
        rejected: expect.stringMatching(/IAM login of iam_user .*AKIA…0001[\s\S]*npx rds-iam doctor/),
      }
      const each = stacks
        .filter((stack) => stack.engine === engine)
        .flatMap(({ name }) => Object.keys(targets).map((target) => ({ stack: name, target })))

      const answers: unknown[] = []
      const { code, errors } = await runProgram(
        command,
        ['runtime-logins', engine, JSON.stringify(targets)],
        { ...env, NODE_EXTRA_CA_CERTS: ca },
        (line) => {
          if (line.startsWith('{"stack"')) answers.push(JSON.parse(line))
          // If Deno closes a socket during the TLS handshake, it stays open until the server closes it.
          if (answers.length === each.length) for (const server of servers) void server.stop()
        },
      )
      expect(answers, errors).toEqual(
        each.map(({ stack, target }) => ({
          stack,
          target,
          answer: expected[target] ?? expect.stringMatching(/certificate|TLS|SSL/i),
        })),
      )
      for (const server of servers) {
        expect(server.clients).toBeGreaterThan(0)
        expect(server.received()).not.toMatch(/X-Amz|Action=connect/)
      }
      expect(code).toBe(0)
    }, 120_000)

    it('leaves a read-only server for the writer in every stack', async () => {
      const gates = twoServers[engine]()
      const ca = join(folder, `two-${engine}.pem`)
      writeFileSync(ca, gates.map((rds) => rds.ca).join('\n'))
      const target: IamTarget = {
        engine,
        host: WRITER,
        user: USER,
        database: DATABASE[engine],
        credentials: KEY,
      }
      const lines: unknown[] = []
      const { code, errors } = await runProgram(
        command,
        ['runtime-failover', engine, JSON.stringify(target), ...gates.map(({ port }) => `${port}`)],
        { NODE_EXTRA_CA_CERTS: ca },
        (line) => lines.push(JSON.parse(line)),
      )
      const answers = [expect.stringMatching(/read[- ]only/), 'written']
      const each = stacks.filter((stack) => stack.engine === engine)
      expect(lines, errors).toEqual(each.map(({ name }) => ({ stack: name, answers })))
      expect(code).toBe(0)
    }, 120_000)

    it('runs the local RDS, the proxy and the doctor', async () => {
      const lines: string[] = []
      // Deno needs permission to start a server and to write its files.
      const more = runtime === 'Deno' ? ['--allow-run', '--allow-write'] : []
      const program = ['runtime-services', engine]
      const { code, errors } = await runProgram([...command, ...more], program, {}, (line) =>
        lines.push(line),
      )
      expect(lines, errors).toEqual(['proxy: admitted', 'doctor: true'])
      expect(code).toBe(0)
    }, 120_000)
  })

  it('runs the command line', async () => {
    const [program = '', ...options] = command
    const args = [...options, 'packages/cli/dist/bin.mjs', 'token', '--host', HOST, '--user', 'jane_doe']
    const env = { AWS_ACCESS_KEY_ID: 'AKIANEVERHEARDOF0001', AWS_SECRET_ACCESS_KEY: 'unknown' }
    const token = await outputOf(program, [...args, '--port', '5432'], { env })
    expect(token).toMatch(`${HOST}:5432/?Action=connect&DBUser=jane_doe`)
  })
})

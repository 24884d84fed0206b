// `npm run bench -- proxy`: compares the proxy with a direct connection, and on PostgreSQL with Debian's stunnel, which only
// adds TLS.
// Each runs in its own process, and they take turns. Needs Linux, stunnel4 and psql. `--short` only checks that it works.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTokenSource } from '@rds-iam/core'
import { iamMysql2Config } from '@rds-iam/core/mysql2'
import { iamPgConfig } from '@rds-iam/core/pg'
import Table from 'cli-table3'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { freePort } from '../../packages/local/src/servers/server.ts'
import type { Gate, Ready } from './servers.ts'
import { paired, type Summary, summarize } from './statistics.ts'
import { short } from './table.ts'

const CLI = fileURLToPath(new URL('../../packages/cli/dist/bin.mjs', import.meta.url))
const SHORT = process.argv.includes('--short')
const COPY_MB = SHORT ? 20 : 500
const COPY = `COPY (SELECT repeat('x', 999) FROM generate_series(1, ${COPY_MB * 1_000})) TO STDOUT`
const IDLE = SHORT ? 50 : 500
const AT_ONCE = SHORT ? 20 : 200

type Way = 'direct' | 'proxy' | 'stunnel'
/** A driver's connection. */
interface Session {
  query(sql: string): Promise<unknown>
  end(): Promise<void>
}

type Samples = { readonly [way in Way]?: readonly number[] }

interface Aim {
  readonly text: string
  readonly against: Exclude<Way, 'proxy'>
  readonly compare: (proxy: number, other: number) => number
  readonly reached: (got: number) => boolean
}

const children: ChildProcess[] = []
const folder = await mkdtemp(join(tmpdir(), 'rds-iam-bench-'))
try {
  await bench()
} finally {
  for (const child of children.reverse()) {
    const closed = once(child, 'close')
    if (child.connected) child.disconnect()
    else child.kill()
    await closed
  }
  await rm(folder, { recursive: true })
}

async function bench(): Promise<void> {
  const script = fileURLToPath(new URL('servers.ts', import.meta.url))
  const servers = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  children.push(servers)
  const [{ gates }] = (await once(servers, 'message')) as [Ready] // the first message of servers.ts
  const gateOf = (name: Gate['engine']): Gate => {
    const found = gates.find(({ engine }) => engine === name)
    if (!found) throw new Error(`no ${name}`)
    return found
  }
  const gate = gateOf('postgres')
  const { host, port, user, database, ca, env } = gate
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, ca)

  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  }
  const target = { engine: 'postgres', host, port, user, database, credentials, ssl: { ca } } as const
  const via = `127.0.0.1:${port}`
  const proxy = await startProxy(gate, caFile)
  const stunnelPort = await startStunnel({ host, via, caFile })
  const token = await createTokenSource(target).get()
  const configs: Record<Way, pg.ClientConfig> = {
    direct: iamPgConfig({ ...target, via }),
    proxy: { connectionString: proxy.url },
    stunnel: { host: '127.0.0.1', port: stunnelPort, user, database, password: token },
  }
  const open = async (way: Way): Promise<pg.Client> => {
    const client = new pg.Client(configs[way])
    await client.connect()
    return client
  }
  const rows: string[][] = []
  const add = (title: string, unit: string, samples: Samples, aim?: Aim): void => {
    const got = aim && paired(samples.proxy ?? [], samples[aim.against] ?? [], aim.compare).median
    console.error(title)
    rows.push([
      `${title}, ${unit}`,
      ...(['direct', 'stunnel', 'proxy'] as const).map((way) => shown(samples[way])),
      aim?.text ?? '',
      got === undefined ? '' : short(got),
      got === undefined ? '' : aim?.reached(got) ? 'reached' : '**not reached**',
    ])
  }

  const addSessions = async (
    name: string,
    ways: readonly Way[],
    open: (way: Way) => Promise<Session>,
  ): Promise<void> => {
    const login = async (way: Way): Promise<number> => {
      const begin = performance.now()
      const session = await open(way)
      const ms = performance.now() - begin
      await session.end()
      return ms
    }
    add(`one login, ${name}`, 'ms', await inTurns(100, login, ways), {
      text: '≤ direct + 3 ms',
      against: 'direct',
      compare: (ours, other) => ours - other,
      reached: (got) => got <= 3,
    })
    const sessions = new Map<Way, Session>()
    for (const way of ways) sessions.set(way, await open(way))
    const roundTrip = async (way: Way): Promise<number> => {
      const begin = performance.now()
      for (let n = 0; n < 200; n++) await sessions.get(way)?.query('SELECT 1')
      return (performance.now() - begin) / 200
    }
    add(`a round trip, ${name}`, 'ms', await inTurns(40, roundTrip, ways), {
      text: '≤ direct + 0.1 ms',
      against: 'direct',
      compare: (ours, other) => ours - other,
      reached: (got) => got <= 0.1,
    })
    for (const session of sessions.values()) await session.end()
  }
  await addSessions('pg', ['direct', 'stunnel', 'proxy'], open)
  await addSessions('mysql2', ['direct', 'proxy'], await mysqlSessions(gateOf('mysql')))

  const urls: Record<Way, string> = {
    direct: `postgres://${user}@${host}:${port}/${database}?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=${caFile}`,
    proxy: proxy.url,
    stunnel: `postgres://${user}@127.0.0.1:${stunnelPort}/${database}?sslmode=disable`,
  }
  const copy = async (way: Way): Promise<number> => {
    const secret = way === 'proxy' ? {} : { PGPASSWORD: token }
    const begin = performance.now()
    const psql = spawn('psql', ['-Xqc', COPY, urls[way]], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: process.env.PATH, ...secret },
    })
    const [code] = await once(psql, 'close')
    if (code !== 0) throw new Error(`psql ended with ${code}`)
    return COPY_MB / ((performance.now() - begin) / 1_000)
  }
  add(`COPY of ${COPY_MB} MB`, 'MB/s', await inTurns(3, copy, ['stunnel', 'proxy']), {
    text: '≥ 0.7 × stunnel',
    against: 'stunnel',
    compare: (ours, other) => ours / other,
    reached: (got) => got >= 0.7,
  })

  const burst = async (way: Way): Promise<number> => {
    const begin = performance.now()
    const opened = await Promise.all(Array.from({ length: AT_ONCE }, () => open(way)))
    const ms = performance.now() - begin
    await Promise.all(opened.map((client) => client.end()))
    await sleep(AT_ONCE) // the servers clean up closed connections
    return ms
  }
  add(`${AT_ONCE} logins at once`, 'ms', await inTurns(9, burst, ['direct', 'proxy']), {
    text: '≤ 1.3 × direct',
    against: 'direct',
    compare: (ours, other) => ours / other,
    reached: (got) => got <= 1.3,
  })

  const before = await residentMb(proxy.pid)
  const idle: pg.Client[] = []
  while (idle.length < IDLE)
    idle.push(...(await Promise.all(Array.from({ length: 50 }, () => open('proxy')))))
  const more = (await residentMb(proxy.pid)) - before
  await Promise.all(idle.map((client) => client.end()))
  const reached = more <= 60 ? 'reached' : '**not reached**'
  rows.push([`memory for ${IDLE} idle sessions, MB`, '', '', short(more), '≤ 60 MB', short(more), reached])

  const table = new Table({
    head: ['median (quartiles)', 'direct', 'stunnel', 'proxy', 'aim', 'got', ''],
    style: { head: [], border: [] },
  })
  table.push(...rows)
  console.log(table.toString())
  if (!SHORT) await writeReadme(rows)
}

/** Every way takes a turn in each round, after one round to warm up. */
async function inTurns(
  rounds: number,
  turn: (way: Way) => Promise<number>,
  ways: readonly Way[] = ['direct', 'stunnel', 'proxy'],
): Promise<Samples> {
  const measured: Record<Way, number[]> = { direct: [], stunnel: [], proxy: [] }
  for (let round = -1; round < (SHORT ? 2 : rounds); round++) {
    const first = (round + 1) % ways.length
    for (const way of [...ways.slice(first), ...ways.slice(0, first)]) {
      const value = await turn(way)
      if (round >= 0) measured[way].push(value)
    }
  }
  return Object.fromEntries(ways.map((way) => [way, measured[way]]))
}

/** Opens connections of mysql2 to a server, directly or through a proxy of its own. */
async function mysqlSessions(gate: Gate): Promise<(way: Way) => Promise<Session>> {
  const { host, port, user, database, ca, env } = gate
  const caFile = join(folder, 'mysql-ca.pem')
  await writeFile(caFile, ca)
  const { url } = await startProxy(gate, caFile)
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  }
  const via = `127.0.0.1:${port}`
  const direct = iamMysql2Config({ host, port, user, database, credentials, ssl: { ca }, via })
  return (way) => (way === 'proxy' ? createConnection(url) : createConnection(direct))
}

async function startProxy(
  { engine, host, port, user, database, env }: Gate,
  caFile: string,
): Promise<{ url: string; pid: number }> {
  const url = `${engine}://${user}@${host}:${port}/${database}`
  const child = spawn(process.execPath, [CLI, 'proxy', url], {
    env: {
      PATH: process.env.PATH,
      ...env,
      RDS_IAM_VIA: `127.0.0.1:${port}`,
      NODE_EXTRA_CA_CERTS: caFile,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { url: String(line), pid: child.pid ?? 0 }
}

/** Starts stunnel with verified TLS to the server. */
async function startStunnel(to: { host: string; via: string; caFile: string }): Promise<number> {
  const port = await freePort()
  const config = [
    'foreground = yes',
    'pid =',
    'debug = 3',
    '[postgres]',
    'client = yes',
    `accept = 127.0.0.1:${port}`,
    `connect = ${to.via}`,
    'protocol = pgsql',
    `CAfile = ${to.caFile}`,
    'verifyChain = yes',
    `checkHost = ${to.host}`,
    `sni = ${to.host}`,
  ]
  const file = join(folder, 'stunnel.conf')
  await writeFile(file, `${config.join('\n')}\n`)
  const child = spawn('stunnel4', [file], { stdio: ['ignore', 'inherit', 'inherit'] })
  children.push(child)
  child.once('error', () => {
    throw new Error('stunnel4 is missing: apt-get install stunnel4')
  })
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const up = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (up) return port
    await sleep(20)
  }
}

/** The memory of a process, as Linux reports it. */
async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_000
}

function shown(samples: readonly number[] | undefined): string {
  if (!samples) return ''
  const { median, low, high }: Summary = summarize(samples)
  return `${short(median)} (${short(low)}–${short(high)})`
}

/** Writes the table into the README, between the marks. */
async function writeReadme(rows: readonly (readonly string[])[]): Promise<void> {
  const file = fileURLToPath(new URL('../README.md', import.meta.url))
  const machine = `Medians (quartiles) on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${cpus().length} cores of ${cpus()[0]?.model}.`
  const lines = [
    ['', 'direct', 'stunnel', 'proxy', 'aim', 'got', ''],
    ['---', '---:', '---:', '---:', '---:', '---:', '---:'],
    ...rows,
  ].map((cells) => `| ${cells.join(' | ')} |`)
  const text = await readFile(file, 'utf8')
  const marks = /(<!-- proxy -->\n)[\s\S]*?(<!-- \/proxy -->)/
  if (!marks.test(text)) throw new Error('bench/README.md has no place for the figures of the proxy')
  await writeFile(
    file,
    text.replace(
      marks,
      (_, begin: string, end: string) => `${begin}\n${machine}\n\n${lines.join('\n')}\n\n${end}`,
    ),
  )
}

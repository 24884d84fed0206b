// Frameworks that are too heavy for the workspace log in with the configs of docs/frameworks.md.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LocalRds } from '@rds-iam/local'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { HOST, page } from '../../docs/pages.ts'
import { packageManager } from '../../setup/tarballs.ts'
import { type Ended, outputOf, run } from '../../support/child.ts'
import { inNetwork, NETWORK } from '../../support/dns.ts'
import { useLocalRds } from '../../support/rds.ts'
import { pack } from '../consumers/tarballs.ts'

const PROJECT = fileURLToPath(new URL('project', import.meta.url))
const blocks = page('docs/frameworks.md').blocks.filter(({ marks }) => marks.has('apart'))

const rules = {
  region: 'eu-central-1',
  users: ['jane_doe'],
  keys: [{ accessKeyId: 'AKIAKNOWNTOTHEGATES1', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }],
}
const postgres = (host: string, server: { upstream?: undefined } = {}) =>
  useLocalRds({ engine: 'postgres', endpoint: { host, port: 5432 }, ...rules, ...server })
const local = {
  postgres: postgres(HOST),
  mysql: useLocalRds({ engine: 'mysql', endpoint: { host: HOST, port: 3306 }, ...rules }),
  writer: postgres('orders.cluster-c9akciq32rgh.eu-central-1.rds.amazonaws.com'),
  // A server of its own, which doesn't have what is written to the other.
  reader: postgres('orders.cluster-ro-c9akciq32rgh.eu-central-1.rds.amazonaws.com', { upstream: undefined }),
}

let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rds-iam-frameworks-'))
  cpSync(PROJECT, folder, { recursive: true })
  for (const { marks, text } of blocks) if (marks.has('file')) write(marks.get('file') ?? '', text)
  for (const name of ['adonis', 'mikro-orm-6', 'unleash']) write(`${name}/package.json`, '{"type":"module"}')
  write('sequelize-cli/migrations/1-notes.js', 'exports.up = (query) => query.createTable("notes", {})')
  const ours = Object.fromEntries((await pack()).map(({ file, manifest }) => [manifest.name, `file:${file}`]))
  const { dependencies, ...others } = JSON.parse(read('package.json'))
  write('package.json', JSON.stringify({ ...others, dependencies: { ...dependencies, ...ours } }))
  // Overrides apply to dependencies between our packages too.
  write('pnpm-workspace.yaml', `${read('pnpm-workspace.yaml')}overrides: ${JSON.stringify(ours)}\n`)
  // pnpm links to its store, while npm would unpack 80,000 files.
  const install = ['install', '--no-lockfile', '--prefer-offline', '--ignore-scripts']
  await outputOf('npx', ['--yes', packageManager, ...install], { cwd: folder })
}, 900_000)
afterAll(() => rmSync(folder, { recursive: true, maxRetries: 5 }), 300_000)

function read(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8')
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

/** The command that runs a program in JavaScript or TypeScript. */
const node = (program: string): string[] => [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  program,
]

/** Runs a command that must log in to each server and send only accepted tokens. */
async function logsIn(
  servers: readonly LocalRds[],
  [command = '', ...args]: readonly string[],
  options: Parameters<typeof run>[2],
): Promise<Ended> {
  const ended = await run(command, args, { cwd: folder, ...options })
  expect(ended, `${ended.output}\n${ended.errors}`).toMatchObject({ code: 0 })
  for (const { verdicts } of servers) {
    expect(verdicts.some(({ admitted }) => admitted)).toBe(true)
    expect(verdicts.filter(({ admitted, keyId }) => !admitted && keyId !== undefined)).toEqual([])
  }
  return ended
}

it.each(['strapi.cjs', 'cube.mjs'])(
  '%s logs in with the config on the page',
  async (program) => {
    const { output } = await logsIn([local.postgres()], node(`programs/${program}`), {
      env: local.postgres().env,
    })
    expect(output).toContain('jane_doe')
  },
  120_000,
)

it('MikroORM 6 logs in to MySQL with the config on the page', async () => {
  const { output } = await logsIn([local.mysql()], node('programs/mikro-orm-6-mysql.mjs'), {
    env: local.mysql().env,
  })
  expect(output).toContain('jane_doe')
}, 120_000)

it('Unleash serves through the proxy', async () => {
  const env = { ...local.postgres().env, HTTP_HOST: '127.0.0.1', HTTP_PORT: '0', CHECK_VERSION: 'false' }
  const { output } = await logsIn([local.postgres()], node('programs/unleash.mjs'), { env })
  expect(output).toContain('serves')
}, 300_000)

/** The command on the page that starts a framework. */
function commandOf(framework: string): string[] {
  const [block] = blocks.filter(({ marks }) => marks.get('in') === framework)
  return block?.text.trim().split(' ') ?? []
}

it.each(['backstage', 'medusa'])(
  '%s connects when exec starts it',
  async (framework) => {
    const command = commandOf(framework)
    const exec = command.slice(0, command.indexOf('--') + 1)
    const { output } = await logsIn([local.postgres()], [...exec, ...node(`programs/${framework}.mjs`)], {
      env: local.postgres().env,
    })
    expect(output).toContain('jane_doe')
  },
  120_000,
)

it('sequelize-cli migrates when exec starts it', async () => {
  const { output } = await logsIn([local.postgres()], commandOf('sequelize-cli'), {
    cwd: join(folder, 'sequelize-cli'),
    env: local.postgres().env,
  })
  expect(output).toContain('migrated')
}, 120_000)

it.each([
  ['AdonisJS', 'programs/adonis.mjs', 'written: null'], // the reader answered, which doesn't have this table
  ['MikroORM 6', 'mikro-orm-6/app.ts', 'jane_doe'],
])(
  '%s reads from the replica, and writes to the writer',
  async (_name, program, shown) => {
    const servers = [local.writer(), local.reader()]
    const ca = join(folder, 'ca.pem')
    writeFileSync(ca, servers.map((rds) => rds.ca).join('\n'))
    const ports = Object.fromEntries(servers.map(({ endpoint, port }) => [endpoint.host, port]))
    const env = { ...local.writer().env, ...inNetwork({ ports }), RDS_IAM_VIA: '', NODE_EXTRA_CA_CERTS: ca }
    const [command = '', ...args] = node(program)
    const { output } = await logsIn(servers, [command, '--import', NETWORK, ...args], { env })
    expect(output).toContain(shown)
  },
  120_000,
)

it('every framework on the page is tested', () => {
  const [...shown] = new Set(blocks.map(({ marks }) => (marks.get('file') ?? marks.get('in'))?.split('/')[0]))
  const run = ['adonis', 'backstage', 'cube', 'medusa', 'mikro-orm-6', 'sequelize-cli', 'strapi', 'unleash']
  expect(shown.sort()).toEqual(run)
})

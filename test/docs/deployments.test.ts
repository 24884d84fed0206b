// The deployments on the proxy's page: their commands run with their environment, and the app's URL leads to the database.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { freePort } from '../../packages/local/src/servers/server.ts'
import { ended, run, start } from '../support/child.ts'
import { newFolder } from '../support/folder.ts'
import { useLocalRds } from '../support/rds.ts'
import { whoIs } from '../support/sessions.ts'
import { HOST, page, ROOT } from './pages.ts'

const SECRET = 'thePasswordOfTheSecret1'
const rds = useLocalRds({
  engine: 'postgres',
  users: ['jane_doe'],
  region: 'eu-central-1',
  endpoint: { host: HOST, port: 5432 },
})

/** Ports that are free here, instead of the page's. */
let ports: Readonly<Record<string, string>>
beforeAll(async () => {
  ports = { 5433: String(await freePort()), 9090: String(await freePort()) }
})

/** The page's blocks in a language. */
function blocksOf(language: string): string[] {
  const found = page('docs/proxy.md').blocks.filter((block) => block.language === language)
  return found.map(({ text }) => text.replace(/5433|9090/g, (port) => ports[port] ?? port))
}

type Variables = Readonly<Record<string, string>>

/** Starts `npx --yes rds-iam …` from this clone, in the credentials and the network of the local RDS. */
async function serve(command: readonly string[], env: Variables): Promise<void> {
  expect(command.slice(0, 3)).toEqual(['npx', '--yes', 'rds-iam'])
  const { DATABASE_URL: _, ...own } = rds().env
  const program = join(ROOT, 'packages/cli/dist/bin.mjs')
  const child = start(process.execPath, [program, ...command.slice(3)], { env: { ...own, ...env } })
  const end = ended(child)
  onTestFinished(async () => {
    child.kill()
    await end
  })
  const lines = createInterface({ input: child.stdout })
  const url = new Promise((resolve) => lines.once('line', resolve))
  const failed = end.then(({ errors }) => Promise.reject(new Error(errors)))
  await Promise.race([url, failed])
}

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const

interface Container
  extends Readonly<Record<(typeof PROBES)[number], { httpGet: { path: string; port: number } }>> {
  readonly command: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string }[]
}

/** As Kubernetes does: `$(NAME)` refers to variables that come before it, and secrets contain a password. */
function kubernetesEnv({ env }: Container): Variables {
  const known: Record<string, string> = {}
  for (const { name, value } of env)
    known[name] = value?.replace(/\$\((\w+)\)/g, (whole, other) => known[other] ?? whole) ?? SECRET
  return known
}

it('Kubernetes: the app logs in through the sidecar, whose probes succeed', async () => {
  const { spec } = parse(blocksOf('yaml')[0] ?? '')
  const [sidecar, app]: Container[] = [...spec.initContainers, ...spec.containers]
  if (!sidecar || !app) expect.unreachable()
  await serve(sidecar.command, kubernetesEnv(sidecar))
  expect(await whoIs(kubernetesEnv(app).DATABASE_URL ?? '')).toBe('jane_doe')
  for (const probe of PROBES) {
    const { path, port } = sidecar[probe].httpGet
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status, probe).toBe(200)
  }
})

it('Docker Compose: the app logs in through the proxy, which is healthy', async () => {
  const { services } = parse(blocksOf('yaml')[1]?.replace(/\$\{PROXY_PASSWORD\}/g, SECRET) ?? '')
  const { proxy, app } = services
  // The profile's keys are in the environment here.
  await serve(proxy.command.split(' '), { ...proxy.environment, AWS_PROFILE: '' })
  expect(await whoIs(app.environment.DATABASE_URL)).toBe('jane_doe')
  const [how, program, ...args] = proxy.healthcheck.test
  expect([how, program]).toEqual(['CMD', 'node'])
  expect(await run(process.execPath, args)).toMatchObject({ code: 0, errors: '' })
})

it('systemd: programs log in through the socket without a password', async () => {
  const folder = newFolder()
  const [unit = ''] = blocksOf('ini')
  const setting = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? ''
  const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(setting('Environment')) ?? []
  const command = setting('ExecStart').replace('/usr/bin/', '').replace('/run/rds-iam', folder)
  await serve(command.split(' '), { [name]: value })
  expect(existsSync(join(folder, '.s.PGSQL.5432'))).toBe(true)
  expect(await whoIs(`postgres://jane_doe@${encodeURIComponent(folder)}/app`)).toBe('jane_doe')
})

// Runs the example apps against local servers that accept only IAM tokens, and prints the results.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type LocalRds, startLocalRds, type Verdict } from '@rds-iam/local'
import Table from 'cli-table3'

const ENGINES = ['postgres', 'mysql'] as const
const APPS = {
  knex: { name: 'Knex', postgres: 'pg', mysql: 'mysql2' },
  typeorm: { name: 'TypeORM', postgres: 'pg', mysql: 'mysql2' },
  prisma: { name: 'Prisma', postgres: '@prisma/adapter-pg', mysql: '@prisma/adapter-mariadb' },
  lambda: { name: 'Knex in Lambda', postgres: 'pg', mysql: 'mysql2' },
  nestjs: { name: 'NestJS', postgres: 'pg', mysql: 'mysql2' },
} as const

type App = keyof typeof APPS
const apps = Object.keys(APPS) as App[] // a const object has no other keys
type Engine = (typeof ENGINES)[number]

interface Outcome {
  readonly row: readonly string[]
  readonly good: boolean
}

/** Hides the developer's settings for AWS, databases and tsx from the apps. */
const cleanEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_|TSX_)/.test(name)),
)

function folderOf(app: App): string {
  return fileURLToPath(new URL(`../examples/${app}`, import.meta.url))
}

function versionOf(driver: string, app: App): string {
  return JSON.parse(readFileSync(join(folderOf(app), 'node_modules', driver, 'package.json'), 'utf8')).version
}

async function runApp(app: App, env: Record<string, string>): Promise<{ output: string; errors: string }> {
  const cwd = folderOf(app)
  // Skips the scripts that run before it, because Prisma's client is already generated.
  const child = spawn('npm', ['run', '--silent', '--ignore-scripts', 'start'], {
    cwd,
    env: { ...cleanEnv, ...env },
    shell: process.platform === 'win32', // npm is a script there
  })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { output: output.trim(), errors: errors.trim() }
}

async function show(rds: LocalRds, app: App, env: Record<string, string> = rds.env): Promise<Outcome> {
  const driver = APPS[app][rds.engine]
  const before = rds.verdicts.length
  const { output, errors } = await runApp(app, env)
  const verdict: Verdict | undefined = rds.verdicts[before]
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.exec(output)?.[0]
  const good = time !== undefined && verdict?.admitted === true
  if (!good && verdict?.reason !== 'wrong-signature')
    console.error(`\n${APPS[app].name} on ${rds.engine}:\n${tail(errors)}`)
  return {
    good,
    row: [
      APPS[app].name,
      serverOf(rds),
      `${driver} ${versionOf(driver, app)}`,
      time ?? errorIn(errors),
      verdict ? `${verdict.loginMs.toFixed(0)} ms` : '–',
      verdict ? (verdict.admitted ? '✓ admitted' : `✗ ${verdict.reason}`) : '– no login',
      verdict?.tokenAgeMs === undefined ? '–' : `${(verdict.tokenAgeMs / 1000).toFixed(1)} s`,
    ],
  }
}

/** `MariaDB 10.11.18` for `10.11.18-MariaDB-0+deb12u1`. */
function serverOf({ engine, serverVersion }: LocalRds): string {
  const name = engine === 'postgres' ? 'PostgreSQL' : serverVersion.includes('MariaDB') ? 'MariaDB' : 'MySQL'
  return `${name} ${serverVersion.split('-')[0]}`
}

/** The end of an output, with long lines cut. A stack may contain a huge line of bundled code. */
function tail(output: string): string {
  return output
    .split('\n')
    .slice(-15)
    .map((line) => line.slice(0, 200))
    .join('\n')
}

/** The error's message, from everything that Node prints. */
function errorIn(output: string): string {
  return /^\S*[Ee]rror: (.+)$/m.exec(output)?.[1] ?? 'no answer'
}

async function startOr(engine: Engine): Promise<LocalRds | Error> {
  try {
    const rds = await startLocalRds({ engine })
    console.log(`▸ ${engine} ${rds.serverVersion} behind the gate at ${rds.url}`)
    return rds
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

console.log('\n▸ Starting the local servers')
const table = new Table({
  head: ['example', 'server', 'driver', 'SELECT now()', 'login', 'gate', 'token age'],
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
})
const outcomes: Outcome[] = []
const problems: string[] = []
const started = await Promise.all(ENGINES.map(startOr))
try {
  for (const [index, rds] of started.entries()) {
    if (rds instanceof Error) {
      problems.push(`The ${ENGINES[index]} rows could not run: ${rds.message}`)
      continue
    }
    for (const app of apps) outcomes.push(await show(rds, app))
  }
  table.push(...outcomes.map(({ row }) => [...row]))

  const rds = started.find((server) => !(server instanceof Error))
  if (rds && !(rds instanceof Error)) {
    const refused = await show(rds, 'knex', {
      ...rds.env,
      AWS_SECRET_ACCESS_KEY: 'a key that AWS never made',
    })
    table.push([...refused.row])
    if (refused.good) problems.push('A token signed with a wrong key was admitted.')
  }
} finally {
  await Promise.all(started.map((rds) => (rds instanceof Error ? undefined : rds.stop())))
}

console.log(`\n${table}`)
for (const problem of problems) console.error(problem)
const good = outcomes.filter((outcome) => outcome.good).length
const expected = apps.length * ENGINES.length
console.log(
  `${good} of ${expected} logins with an IAM token; the last row's token was signed with a wrong key.`,
)
if (good < expected || problems.length > 0) process.exitCode = 1

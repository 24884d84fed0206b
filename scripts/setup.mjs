// Sets up a fresh clone: installs with npx, builds, and looks for a MySQL server. Needs only Node and npm.
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run, runBeside } from './run.mjs'

/** The pnpm that package.json names, as an argument for npx: pnpm@12.21.0. */
const { packageManager } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Programs that npm doesn't install. One of `programs` is enough; `apt` and `brew` are the packages to install. */
const SERVER = { programs: ['mysqld', 'mariadbd'], apt: 'mariadb-server-core', brew: 'mariadb' }
const CLIENTS = [
  { programs: ['psql'], apt: 'postgresql-client', brew: 'libpq' },
  { programs: ['mariadb'], apt: 'mariadb-client-core', brew: 'mariadb' },
]

/**
 * Sets up everything for `npm start` and `npm test`. If that fails, prints what to do and ends the process.
 *
 * @param {{ clients?: boolean, prisma?: readonly string[] }} [options] Whether psql and mariadb are needed too, and more
 *   folders with clients to generate.
 */
export async function setUp({ clients = false, prisma = [] } = {}) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old: install Node 20.19 or newer.`)
  }

  const installing = must('Installing packages', 'npx', [
    '--yes',
    packageManager,
    'install',
    '--frozen-lockfile',
  ])
  await Promise.all([installing, installPrograms(clients ? [SERVER, ...CLIENTS] : [SERVER])])
  await Promise.all([
    must('Building', 'npm', ['run', '--silent', 'build', '--', '--log-level', 'warn'], { beside: true }),
    ...['examples/prisma', ...prisma].map(generatePrisma),
  ])
}

/**
 * Pretends that Prisma's engine is installed. Generating doesn't need it, but Prisma would download it.
 *
 * @param {string} cwd
 */
async function generatePrisma(cwd) {
  const env = {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_QUERY_ENGINE_LIBRARY: process.execPath, // Prisma 6
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  }
  const args = ['run', '--silent', 'generate']
  await must(`Generating Prisma's clients in ${cwd}`, 'npm', args, { beside: true, cwd, env })
}

/**
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2] & { beside?: boolean }} [options] `beside`: other commands run at the same time.
 */
async function must(title, command, args, { beside = false, ...options } = {}) {
  if (!beside) console.log(`\n▸ ${title}: ${command} ${args.join(' ')}`)
  const code = await (beside ? runBeside(title, command, args, options) : run(command, args, options))
  if (code !== 0) fail(`${title} failed (exit ${code}): see above.`)
}

/**
 * Installs the programs as root on Debian and Ubuntu. Elsewhere, prints what to install.
 *
 * @param {readonly (typeof SERVER)[]} wanted
 */
async function installPrograms(wanted) {
  const missing = wanted.filter(({ programs }) => !programs.some(has))
  if (missing.length === 0) return
  if (has('apt-get') && process.getuid?.() === 0) {
    const packages = missing.map(({ apt }) => apt)
    const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...packages]
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    console.log(`\n▸ Installing system packages: apt-get ${install.join(' ')}`)
    if ((await run('apt-get', install, { env })) === 0) return
    // The package lists of a new machine may be missing or old.
    await run('apt-get', ['update', '--quiet'], { env })
    await run('apt-get', install, { env })
  }
  for (const { programs, apt, brew } of missing.filter((one) => one !== SERVER && !one.programs.some(has))) {
    console.log(
      `\n▸ ${programs} is missing, and its tests will fail: apt-get install ${apt}, or brew install ${brew}`,
    )
  }
}

/** @param {string} program */
function has(program) {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/usr/local/sbin`.split(delimiter)
  return folders.some((folder) => existsSync(join(folder, program)))
}

/** @param {string} message */
function fail(message) {
  console.error(`\n${message}`)
  process.exit(1)
}

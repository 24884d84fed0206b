// Downloads Oracle's MySQL 9, server and clients, from Debian's unstable suite into a cache, without installing it.
// `node scripts/real-mysql.mjs` prints the folder with the programs, for the PATH.
import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const SUITE = 'sid'
const PACKAGES = ['mysql-server-core', 'mysql-client-core']
/** The dependencies that the programs need. The others, such as shells, are for an installation. */
const NEEDED = /^(lib|mysql|zlib)/
const PROGRAMS = ['mysqld', 'mysql', 'mysqldump', 'mysqladmin']

/** Any user can read this folder, because a server that root starts runs as another user. */
function cacheFolder() {
  const cache =
    process.getuid?.() === 0 ? '/var/cache' : process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(cache, 'rds-iam', 'mysql-9')
}

/**
 * Returns the folder with MySQL's programs, for the PATH. The first call downloads 60 MB.
 *
 * @returns {Promise<string>}
 * @throws {Error} if something is missing
 */
export async function realMysql() {
  const folder = cacheFolder()
  const bin = join(folder, 'bin')
  if (existsSync(bin)) return bin
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('Debian has it for Linux on x64 only')
  if (!existsSync('/usr/bin/apt-get')) throw new Error('there is no apt-get to download it with')
  if (!existsSync(KEYRING)) throw new Error(`${KEYRING} is missing: apt-get install debian-archive-keyring`)
  const unfinished = `${folder}-${process.pid}`
  try {
    mkdirSync(unfinished, { recursive: true })
    await download(unfinished)
    writePrograms(unfinished, folder)
    renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  await exec(join(bin, 'mysqld'), ['--no-defaults', '--version'])
  return bin
}

/** @param {string} folder */
async function download(folder) {
  const lists = join(folder, 'lists')
  for (const path of ['lists/partial', 'archives/partial', 'debs'])
    mkdirSync(join(folder, path), { recursive: true })
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror()} ${SUITE} main\n`)
  writeFileSync(join(folder, 'status'), '') // an empty list of installed packages, so that apt downloads every library
  const options = {
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::State::Lists': lists,
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': folder,
    'APT::Sandbox::User': 'root',
    'APT::Install-Recommends': 'false',
    'Acquire::Languages': 'none',
  }
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const debs = join(folder, 'debs')
  /** @param {string[]} args */
  const apt = async (...args) =>
    (await exec('apt-get', ['-qq', ...words, ...args], { cwd: debs, maxBuffer: 64e6 })).stdout
  await apt('update')
  const wanted = (await apt('--print-uris', '--yes', 'install', ...PACKAGES)).matchAll(
    /^'\S+' ([^_ ]+)_\S+\.deb /gm,
  )
  await apt(
    'download',
    ...[...wanted].flatMap(([, name = '']) => (NEEDED.test(name) ? [decodeURIComponent(name)] : [])),
  )
  for (const deb of readdirSync(debs))
    await exec('dpkg-deb', ['--extract', join(debs, deb), join(folder, 'root')])
  for (const path of ['lists', 'archives', 'debs']) rmSync(join(folder, path), { recursive: true })
}

/** The mirror that this machine uses. */
function mirror() {
  const files = [
    '/etc/apt/sources.list',
    ...readdirSync('/etc/apt/sources.list.d').map((name) => `/etc/apt/sources.list.d/${name}`),
  ]
  const lines = files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  const [found] = lines.flatMap((line) => /^[^#]*?(https?:\/\/\S+\/debian)\/?(\s|$)/.exec(line)?.[1] ?? [])
  return found ?? 'http://deb.debian.org/debian'
}

/**
 * Creates programs that use the downloaded libraries instead of this machine's.
 *
 * @param {string} folder
 * @param {string} later the folder's final path
 */
function writePrograms(folder, later) {
  mkdirSync(join(folder, 'bin'))
  const libraries = 'root/usr/lib/x86_64-linux-gnu'
  for (const name of PROGRAMS) {
    const path = ['root/usr/sbin', 'root/usr/bin']
      .map((place) => join(place, name))
      .find((each) => existsSync(join(folder, each)))
    if (path === undefined) throw new Error(`Debian's packages have no ${name} any more`)
    const share = join(later, 'root/usr/share/mysql')
    // After the arguments, because options such as --defaults-file must come first.
    const own = [
      '--secure-file-priv=NULL',
      `--lc-messages-dir=${share}`,
      `--character-sets-dir=${share}/charsets`,
      `--plugin-dir=${join(later, 'root/usr/lib/mysql/plugin')}`,
    ]
    const more = name === 'mysqld' ? ` ${own.join(' ')}` : ''
    const loader = join(later, libraries, 'ld-linux-x86-64.so.2')
    const line = `exec ${loader} --library-path ${join(later, libraries)} ${join(later, path)} "$@"${more}`
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${line}\n`)
    chmodSync(join(folder, 'bin', name), 0o755)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await realMysql())

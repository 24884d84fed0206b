// The Debian packages that test/proxy/clients.test.ts needs, besides those of `npm test`, with one file of each.
import { existsSync } from 'node:fs'
import { run } from './run.mjs'

const PYTHON = '/usr/lib/python3/dist-packages'
const PACKAGES = {
  postgresql: '/usr/lib/postgresql',
  'default-jdk-headless': '/usr/bin/javac',
  'libpostgresql-jdbc-java': '/usr/share/java/postgresql.jar',
  'libmariadb-java': '/usr/share/java/mariadb-java-client.jar',
  'mariadb-client': '/usr/bin/mysqldump',
  pgbouncer: '/usr/sbin/pgbouncer',
  'python3-boto3': `${PYTHON}/boto3`,
  'python3-mysqldb': `${PYTHON}/MySQLdb`,
  'python3-psycopg2': `${PYTHON}/psycopg2`,
  'python3-pymysql': `${PYTHON}/pymysql`,
}

/** Installs missing packages as root on Debian. Elsewhere, prints them, and the tests that need them fail. */
export async function installClients() {
  const missing = Object.entries(PACKAGES).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (missing.length === 0) return
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...missing]
  console.log(`\n▸ Clients of the proxy's tests: apt-get ${install.join(' ')}`)
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    console.log('  They are missing, and their tests will fail: on Debian, run this command as root.')
    return
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  if ((await run('apt-get', install, { env })) === 0) return
  // The package lists of a new machine may be missing or old.
  await run('apt-get', ['update', '--quiet'], { env })
  await run('apt-get', install, { env })
}

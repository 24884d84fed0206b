// The last resort for MySQL: runs the package mysql-memory-server, which downloads a server.
import { LocalRdsError, messageOf } from '../errors.ts'
import { requireFor } from './optional-package.ts'
import { LOOPBACK, type Server } from './server.ts'

export async function startMemoryServer(password: string, sql: readonly string[]): Promise<Server> {
  const require = requireFor('mysql-memory-server')
  if (require === undefined)
    throw new LocalRdsError(
      'ERR_RDS_IAM_LOCAL_NO_SERVER',
      `No MySQL or MariaDB server is installed. ${WHAT_TO_INSTALL}`,
    )
  // require() returns what the package's own types declare.
  const { createDB } = require('mysql-memory-server') as typeof import('mysql-memory-server')
  try {
    const server = await createDB({ initSQLString: sql.join('\n'), xEnabled: 'OFF' })
    const { port, mysql } = server
    return {
      host: LOOPBACK,
      port,
      version: mysql.version,
      password,
      pid: undefined,
      stop: () => server.stop(),
    }
  } catch (cause) {
    throw new LocalRdsError(
      'ERR_RDS_IAM_LOCAL_SERVER',
      `No MySQL or MariaDB server is installed, and mysql-memory-server could not start one (${messageOf(cause)}). ${WHAT_TO_INSTALL}`,
      { cause },
    )
  }
}

const WHAT_TO_INSTALL = `Install one:
  Debian, Ubuntu: sudo apt-get install mariadb-server-core
  Fedora, RHEL:   sudo dnf install mariadb-server
  macOS:          brew install mariadb
  Windows:        winget install MariaDB.Server
  anywhere:       npm install --save-dev mysql-memory-server, which downloads a server
Or set RDS_IAM_LOCAL_MYSQLD to the path of the server program, or pass the URL of a running server as upstream.`

// What `npm test` leaves to `npm run test:long`; CI runs both.

/** The tests that take minutes, and those of rare faults that take half a minute. */
export const LONG_TESTS = [
  'packages/local/test/servers/servers.test.ts',
  'test/logins/outage.test.ts',
  'test/cli/migration-tools.test.ts',
  'test/docs/docs.test.ts',
  'test/logins/virtual-day.test.ts',
  'test/proxy/clients.test.ts',
  'test/release/bench.test.ts',
  'test/release/consumers/consumers.test.ts',
  'test/release/frameworks/frameworks.test.ts',
  'test/release/matrix-node.test.ts',
  'test/release/runtimes.test.ts',
]

/** The files with tests that also run on Oracle's MySQL 9: the tests with MySQL or MariaDB in their names. */
export const MYSQL_TESTS = [
  'packages/local/test/gate/mysql-',
  'test/cli/exec.test.ts',
  'test/logins/adapters.test.ts',
  'test/logins/rejections.test.ts',
  'test/logins/rotation.test.ts',
  'test/proxy/logins.test.ts',
  'test/transparent/',
]

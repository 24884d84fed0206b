// The entry @rds-iam/core/mariadb.
export { type IamMariaDbConfig, type IamMariaDbTarget, iamMariaDbConfig } from './mariadb-config.ts'
export { iamMariaDbPool, type WatchedLogins, watchLogins } from './mariadb-pool.ts'

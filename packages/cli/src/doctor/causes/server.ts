// Causes in the server's state, and in the driver.
import { parseRdsHost } from '@rds-iam/core'
import { BROKEN_DRIVER, DRIVERS, READ_ONLY } from '../vocabulary.ts'
import { act, type Case, type Cause, faultIn, foundIn, type Rule, refusedBy, sh, sql } from './cause.ts'
import { askRds } from './commands.ts'

type Plain = Pick<Cause, 'id' | 'title' | 'cures'>

const full = (table: string, column: string): Plain => ({
  id: 'connections',
  title: 'The server has no free connections',
  cures: [sql(`SELECT ${column}, count(*) FROM ${table} GROUP BY 1 ORDER BY 2 DESC;`)],
})

/** By SQLSTATE or MySQL's error number. */
const STATES: Readonly<Record<string, () => Plain>> = {
  '53300': () => full('pg_stat_activity', 'usename'),
  '1040': () => full('information_schema.processlist', 'user'),
  '1203': () => full('information_schema.processlist', 'user'),
  // https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
  '53400': () => ({
    id: 'connection-rate',
    title: 'Aurora DSQL refuses new connections: there were too many in the last second',
    cures: [act('try again; use a pool that keeps its connections')],
  }),
  '1129': () => ({
    id: 'blocked',
    title: 'The server blocks this machine after too many incomplete connections',
    cures: [sql('FLUSH HOSTS;')],
  }),
  '57P03': () => ({
    id: 'starting',
    title: 'The server is starting or stopping',
    cures: [act('try again in a minute')],
  }),
}

export const state: Rule = (found) => {
  const fault = faultIn(found, 'login') ?? faultIn(found, 'tls')
  const known = fault && STATES[fault.code]?.()
  return known && { ...known, certainty: 'proven', because: fault.message }
}

/** RDS asks an internal service to check the token, and waits for the answer. */
export const slowCheck: Rule = (found) => {
  const fault = faultIn(found, 'login')
  if (!fault || !/canceling authentication due to timeout/.test(fault.message)) return undefined
  return {
    id: 'authentication-timeout',
    certainty: 'proven',
    title: 'RDS did not check the token in time (authentication_timeout)',
    because: `${fault.message}: too many new connections at once, an overloaded server, or a slow IAM check`,
    cures: [
      act('try again; open fewer connections at once: use a pool that keeps them, or RDS Proxy'),
      sh(askRds(found, 'status')),
    ],
  }
}

/** pg reports `timeout expired`, mysql2 `ETIMEDOUT`, and the step has its own timeout. */
export const silent: Rule = (found) => {
  const fault = faultIn(found, 'login')
  if (!fault || slowCheck(found) || !/timeout|ETIMEDOUT/i.test(`${fault.code} ${fault.message}`))
    return undefined
  return {
    id: 'silent',
    certainty: 'proven',
    title: 'The server accepted the connection, but did not answer the login',
    because: `${fault.message}: the server is overloaded, starting, or failing over`,
    cures: [sh(askRds(found, 'status'))],
  }
}

/** The login succeeded, but the next write will fail. */
export const readOnly: Rule = (found) => {
  const fault = faultIn(found, 'session')
  if (fault?.code !== READ_ONLY) return undefined
  return {
    id: 'read-only',
    certainty: 'proven',
    title: `${found.subject.host} is a writer endpoint, but leads to a read-only server`,
    because: `${fault.message}; after a failover, DNS or a tunnel may still lead to the former writer`,
    cures: [
      act('try again in a minute; let DNS caches expire, and open the tunnel again'),
      sh(askRds(found, 'endpoint')),
    ],
  }
}

export const driver: Rule = (found) => {
  const fault = faultIn(found, 'login')
  if (fault?.code !== BROKEN_DRIVER) return undefined
  const { name, entry } = DRIVERS[found.subject.engine ?? 'postgres']
  return {
    id: 'driver',
    certainty: 'proven',
    title: `This project's ${name} can't be loaded`,
    because: fault.message,
    cures: [
      sh(`node --eval "require('${entry}')"`),
      act("reinstall the project's packages: npm ci, pnpm install --force, or the like"),
    ],
  }
}

/** The name of @rds-iam/local's certificate authority. */
const LOCAL_ROOT = /^rds-iam local root\b/

/** A local RDS prints the real reason. */
export const local: Rule = (found) => {
  if (refusedBy(found) === undefined || !isLocal(found)) return undefined
  return {
    id: 'local',
    certainty: 'proven',
    title: 'This is a local RDS, which prints the reason itself',
    because: `its certificate is signed by ${foundIn(found, 'tls')?.issuers.at(-1)}; neither AWS nor a policy is involved`,
    cures: [
      act('see the line that `rds-iam local` printed for this login; in a test, rds.verdicts.at(-1)'),
      act('use the user, region and keys in the environment that it prints, or in rds.env'),
    ],
  }
}

/** If its certificate is for an RDS endpoint, it acts as that endpoint and is treated as such. */
function isLocal(found: Case): boolean {
  const tls = foundIn(found, 'tls')
  return (
    tls?.issuers.some((issuer) => LOCAL_ROOT.test(issuer)) === true &&
    !tls.names.some((name) => parseRdsHost(name))
  )
}

// Causes of a login that fails although the token is good, or before anyone asks for it: the server says these plainly.
import { literal, tablesOf } from '../../sql.ts'
import { askRds } from './aws.ts'
import { act, type Cause, faultIn, type Rule, sh, sql } from './cause.ts'
import { name } from './sql.ts'

type Plain = Pick<Cause, 'id' | 'title' | 'cures'>

interface Login {
  readonly user: string
  readonly database: string
}

const noDatabase = ({ database }: Login, list: string): Plain => ({
  id: 'database',
  title: `There is no database ${database}; the token was good`,
  cures: [sql(list)],
})

const noPrivilege = ({ user, database }: Login, grant: string): Plain => ({
  id: 'privilege',
  title: `${user} may not use the database ${database}; the token was good`,
  cures: [sql(grant)],
})

const full = (table: string, column: string): Plain => ({
  id: 'connections',
  title: 'The server has no connection to spare',
  cures: [sql(`SELECT ${column}, count(*) FROM ${table} GROUP BY 1 ORDER BY 2 DESC;`)],
})

/** By SQLSTATE, and by MySQL's number. */
const PLAIN: Readonly<Record<string, (login: Login) => Plain>> = {
  '3D000': (login) => noDatabase(login, 'SELECT datname FROM pg_database;'),
  '1049': (login) => noDatabase(login, 'SHOW DATABASES;'),
  '42501': (login) =>
    noPrivilege(login, `GRANT CONNECT ON DATABASE ${name(login.database)} TO ${name(login.user)};`),
  '1044': (login) =>
    noPrivilege(login, `GRANT SELECT ON ${tablesOf(login.database)} TO ${literal.mysql(login.user)}@'%';`),
  '53300': () => full('pg_stat_activity', 'usename'),
  '1040': () => full('information_schema.processlist', 'user'),
  '1203': () => full('information_schema.processlist', 'user'),
  '1129': () => ({
    id: 'blocked',
    title: 'The server blocks this machine, after too many connections that were not finished',
    cures: [sql('FLUSH HOSTS;')],
  }),
  '57P03': () => ({
    id: 'starting',
    title: 'The server is starting or stopping',
    cures: [act('try again in a minute')],
  }),
}

/** pg: `timeout expired`; mysql2: `ETIMEDOUT`; the step's own. */
export const silent: Rule = (found) => {
  const fault = faultIn(found, 'login')
  if (!fault || !/timeout|ETIMEDOUT/i.test(`${fault.code} ${fault.message}`)) return undefined
  return {
    id: 'silent',
    certainty: 'proven',
    title: 'The server took the login, and did not answer it',
    because: `${fault.message}: it is overloaded, starting, or failing over`,
    cures: [sh(askRds(found, 'status'))],
  }
}

export const plain: Rule = (found) => {
  const fault = faultIn(found, 'login') ?? faultIn(found, 'tls')
  const { user = '', database = user } = found.subject
  if (fault?.code === '28000' && /not permitted to log in/.test(fault.message)) {
    const title = `${user} is a role that may not log in`
    return {
      id: 'nologin',
      certainty: 'proven',
      title,
      cures: [sql(`ALTER ROLE ${name(user)} LOGIN;`)],
    }
  }
  const known = fault && PLAIN[fault.code]?.({ user, database })
  return known && { ...known, certainty: 'proven', because: fault.message }
}

// Causes in the database: the user and their privileges.
import { createIamUser, literal, lookUpUser, tablesOf, userName } from '../../sql.ts'
import { act, type Cause, faultIn, type Rule, refusedBy, sh, sql } from './cause.ts'
import { askRds, resourceIn } from './commands.ts'

export const letterCase: Rule = (found) => {
  const { user = '', engine = 'postgres' } = found.subject
  if (refusedBy(found) !== 'password' || user === user.toLowerCase()) return undefined
  return {
    id: 'case',
    certainty: 'likely',
    title: `The user is probably called ${user.toLowerCase()}, not ${user}`,
    because:
      engine === 'postgres'
        ? 'PostgreSQL folds user names to lower case, unless they are created in quotes'
        : 'user names are case-sensitive in MySQL',
    cures: [sql(lookUpUser[engine](user))],
  }
}

/** Doesn't apply to RDS Proxy, which logs in by password. */
export const notForIam: Rule = (found) => {
  const { user = '', engine = 'postgres' } = found.subject
  if (refusedBy(found) !== 'password' || resourceIn(found).kind === 'proxy') return undefined
  const condition =
    engine === 'postgres' ? 'is not in rds_iam' : 'was not created with AWSAuthenticationPlugin'
  return {
    id: 'user',
    certainty: 'likely',
    title: `${user} ${condition}, or does not exist`,
    because: `the server asked for an ordinary password for ${user} and never checked the token, so the policy, the key and the clock do not matter yet`,
    cures: [
      sql(lookUpUser[engine](user)),
      sql(createIamUser[engine](user).join(' ')),
      ...(engine === 'postgres'
        ? []
        : [act("check that the user's host part, such as '%', covers this machine")]),
    ],
  }
}

type Plain = Pick<Cause, 'id' | 'title' | 'cures'>

interface Login {
  readonly user: string
  readonly database: string
}

const noDatabase = ({ database }: Login, list: string): Plain => ({
  id: 'database',
  title: `The database ${database} does not exist; the token was good`,
  cures: [sql(list)],
})

const noPrivilege = ({ user, database }: Login, grant: string): Plain => ({
  id: 'privilege',
  title: `${user} has no privileges on the database ${database}; the token was good`,
  cures: [sql(grant)],
})

/** By SQLSTATE or MySQL's error number. */
const PLAIN: Readonly<Record<string, (login: Login) => Plain>> = {
  '3D000': (login) => noDatabase(login, 'SELECT datname FROM pg_database;'),
  '1049': (login) => noDatabase(login, 'SHOW DATABASES;'),
  '42501': (login) =>
    noPrivilege(
      login,
      `GRANT CONNECT ON DATABASE ${userName.postgres(login.database)} TO ${userName.postgres(login.user)};`,
    ),
  '1044': (login) =>
    noPrivilege(login, `GRANT SELECT ON ${tablesOf(login.database)} TO ${literal.mysql(login.user)}@'%';`),
}

/** The server itself reports these causes. */
export const access: Rule = (found) => {
  const fault = faultIn(found, 'login') ?? faultIn(found, 'tls')
  const { user = '', database = user } = found.subject
  if (fault?.code === '28000' && /not permitted to log in/.test(fault.message)) {
    return {
      id: 'nologin',
      certainty: 'proven',
      title: `${user} is a role without LOGIN`,
      because: fault.message,
      cures: [sql(`ALTER ROLE ${userName.postgres(user)} LOGIN;`)],
    }
  }
  if (fault?.code === '28000' && /no pg_hba\.conf entry/.test(fault.message)) {
    return {
      id: 'pg-hba',
      certainty: 'proven',
      title: `No rule in the server's pg_hba.conf lets ${user} connect to the database ${database} from here`,
      because: fault.message,
      cures: [
        act(
          'on RDS, check the name of the database, and that IAM authentication is enabled if the user is in rds_iam:',
        ),
        sh(askRds(found, 'iam')),
        sql(lookUpUser.postgres(user)),
        act('on your own server, add a hostssl line for the user, the database and this machine'),
      ],
    }
  }
  const known = fault && PLAIN[fault.code]?.({ user, database })
  return known && { ...known, certainty: 'proven', because: fault.message }
}

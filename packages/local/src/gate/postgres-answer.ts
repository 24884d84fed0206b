// The error that a refused PostgreSQL client gets, in the words of RDS or Aurora DSQL.
import { BackendRefusal } from '@rds-iam/wire/postgres-client'
import { cString, fatal, message } from '@rds-iam/wire/postgres-messages'
import type { Service } from '../admission/admission.ts'
import type { Refusal } from '../admission/verdict.ts'
import type { Login } from './login.ts'

export function answerTo(refusal: Refusal, login: Login, service: Service): Buffer | undefined {
  if (refusal.cause instanceof BackendRefusal) return refusal.cause.raw
  if (refusal.reason === 'server-unreachable') return fatal('57P03', refusal.message)
  return service === 'dsql' ? byDsql(refusal, login) : byRds(refusal, login)
}

function byRds({ reason }: Refusal, { user, database, remoteAddress }: Login): Buffer | undefined {
  // Before its start-up packet, a client doesn't expect an error.
  if (user === undefined) return undefined
  return fatal(
    '28000',
    reason === 'no-tls'
      ? `pg_hba.conf rejects connection for host "${remoteAddress}", user "${user}", database "${database}", no encryption`
      : `PAM authentication failed for user "${user}"`,
  )
}

/**
 * As users of Aurora DSQL quote it: one message for every refused token, and in some cases a hint. The answer to a
 * client without TLS is unknown.
 */
function byDsql({ reason }: Refusal, { user }: Login): Buffer | undefined {
  if (reason === 'wrong-server-name')
    // https://docs.aws.amazon.com/aurora-dsql/latest/userguide/troubleshooting.html
    return fatal('28000', 'unable to accept connection, sni was not received')
  if (user === undefined) return undefined
  const action = user === 'admin' ? 'DbConnect' : 'DbConnectAdmin'
  const hint =
    reason === 'wrong-action'
      ? `Wrong user to action mapping. user: ${user}, action: ${action}`
      : reason === 'expired'
        ? 'Signature expired'
        : undefined
  const fields = {
    S: 'FATAL',
    V: 'FATAL',
    C: '28000',
    M: 'unable to accept connection, access denied',
    ...(hint === undefined ? {} : { H: hint }),
  }
  const parts = Object.entries(fields).map(([field, text]) => cString(`${field}${text}`))
  return message('E', ...parts, Buffer.from([0]))
}

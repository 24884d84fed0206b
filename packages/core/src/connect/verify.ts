// Checks whether a connection may receive a token, on the socket itself, right before the token is sent.

import { RdsIamError } from '../errors.ts'
import { nodeTls } from '../node-modules.ts'
import { safeText } from '../safe-text.ts'
import type { Endpoint } from '../target/endpoint.ts'

/**
 * Throws unless `socket` is encrypted and its server has proven to be the endpoint. It is called right before a token is
 * sent, even if the driver has checked before: a server may ask for the password before TLS, or without it.
 *
 * `resumed` is the name for which the driver may resume an earlier TLS session. A resumed session shows no certificate,
 * but only the server of the first handshake knows its secret.
 */
export function assertVerified(socket: unknown, endpoint: Endpoint, skip: boolean, resumed?: string): void {
  const reason = distrust(socket, endpoint, skip, resumed)
  if (reason === undefined) return
  throw new RdsIamError('ERR_RDS_IAM_INSECURE_CONNECTION', withheld(endpoint, reason))
}

export function withheld({ host, port, user }: Endpoint, reason: string): string {
  return `The token for ${user} was withheld from ${host}:${port}: ${reason}.`
}

/** Why a PostgreSQL server that asks for another kind of login doesn't get a token. */
export function otherPostgresLogin(method: string, user: string): string {
  return (
    `the server asked for ${method}, the login of a user with a password. ` +
    `To make them an IAM user: GRANT rds_iam TO "${user.replaceAll('"', '""')}"`
  )
}

/** Why a MySQL server that asks for another kind of login doesn't get a token. */
export function otherLogin(plugin: string, user: string): string {
  return (
    `the server asked for ${plugin}, the login of a user with a password. ` +
    `To make them an IAM user: ALTER USER '${user}' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'`
  )
}

function distrust(socket: unknown, { host }: Endpoint, skip: boolean, resumed?: string): string | undefined {
  const { TLSSocket, checkServerIdentity } = nodeTls()
  if (!(socket instanceof TLSSocket) || !socket.encrypted) return 'the server asked for it without TLS'
  if (skip) return undefined
  if (!socket.authorized) {
    return `its certificate is not trusted (${socket.authorizationError ?? 'TLS is not established yet'})`
  }
  if (socket.isSessionReused() && resumed === host) return undefined
  const mismatch = checkServerIdentity(host, socket.getPeerCertificate())
  return mismatch && `its certificate is for another server (${safeText(mismatch.message)})`
}

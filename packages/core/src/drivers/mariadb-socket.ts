// The socket below TLS of a connection of mariadb.
import { connect, type Socket } from 'node:net'
import { withheld } from '../connect/verify.ts'
import { RdsIamError } from '../errors.ts'
import type { Endpoint } from '../target/endpoint.ts'
import type { DialAddress } from '../target/via.ts'

/**
 * Before TLS, a server sends only its greeting. On anything else, mariadb emits an error that nobody can listen to yet,
 * which would end the process. So mariadb doesn't get it. The greeting waits until everything is `ready`, and
 * never arrives if that fails.
 */
export function dialledForOneGreeting(
  address: DialAddress,
  endpoint: Endpoint,
  ready: Promise<void>,
): Socket {
  const socket = connect(address).setNoDelay(true)
  const push = socket.push.bind(socket)
  let begun = Buffer.alloc(0)
  // After TLS has started, data doesn't pass through here.
  return Object.assign(socket, {
    push: (chunk: Buffer | null): boolean => {
      begun = chunk === null ? begun : Buffer.concat([begun, chunk])
      const greeting = begun.length < 4 ? Number.POSITIVE_INFINITY : 4 + begun.readUIntLE(0, 3)
      if (begun.length <= greeting) {
        ready
          .then(
            () => push(chunk),
            () => {}, // the caller that waits for it gets the error
          )
          .catch((error: Error) => socket.destroy(error)) // what mariadb can't read
        return true
      }
      const error = 'the server went on without TLS after its greeting'
      socket.destroy(new RdsIamError('ERR_RDS_IAM_INSECURE_CONNECTION', withheld(endpoint, error)))
      return false
    },
  })
}

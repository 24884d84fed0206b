import type { Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { packet, readPacket } from '@rds-iam/wire/mysql-packets'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '../../src/certificates.ts'
import type { LocalRds } from '../../src/index.ts'
import { gateFor, HTTP, startUpOf, toTls } from '../support/bad-clients.ts'
import { DRIVERS } from '../support/clients.ts'
import { dialRaw, mysqlHead, PG_SSL_REQUEST } from '../support/raw.ts'

let otherAuthority: string
beforeAll(async () => {
  otherAuthority = (await createAuthority()).pem
})

describe.each(['postgres', 'mysql'] as const)('%s', (engine) => {
  const { watched, verdictOn } = gateFor(engine)

  const clients: [string, (local: LocalRds) => Promise<Socket>][] = [
    [
      'noise instead of the TLS handshake',
      async (local) => {
        const socket = await toTls(local)
        socket.write(HTTP)
        return socket
      },
    ],
    [
      'hanging up during the TLS handshake',
      async (local) => (await toTls(local)).end(Buffer.from([0x16, 3, 1])),
    ],
    [
      'a clear-text start-up right after the request for TLS',
      async (local) => {
        const socket = await dialRaw(local)
        if (engine === 'mysql') await readPacket(socket)
        const request = engine === 'postgres' ? PG_SSL_REQUEST : packet(1, mysqlHead())
        socket.write(Buffer.concat([request, startUpOf(engine)]))
        return socket
      },
    ],
    [
      'an old version of TLS',
      async (local) =>
        startingTls({
          socket: await toTls(local),
          ca: local.ca,
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.1',
        }),
    ],
    [
      // In TLS 1.2, the client checks the certificate before the handshake is over, and reports the result.
      'a client that reports its distrust',
      async (local) => startingTls({ socket: await toTls(local), ca: otherAuthority, maxVersion: 'TLSv1.2' }),
    ],
  ]
  it.each(clients)('%s is reported as tls-failed', async (_what, client) => {
    expect((await verdictOn(client)).reason).toBe('tls-failed')
  })

  it('a driver that does not trust the certificate authority is reported as tls-failed', async () => {
    for (const { open } of DRIVERS.filter((driver) => driver.engine === engine)) {
      const verdict = watched().next()
      await expect(open({ ...watched().local, ca: otherAuthority })).rejects.toThrow(/certificate/)
      expect(await verdict).toMatchObject({ reason: 'tls-failed', detail: expect.stringContaining('trust') })
    }
  })
})

function startingTls(options: ConnectionOptions): Socket {
  const socket = connectTls(options)
  socket.on('error', () => {})
  return socket
}

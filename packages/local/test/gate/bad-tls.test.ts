import { connect as connectTls } from 'node:tls'
import { packet, readPacket } from '@rds-iam/wire/mysql-packets'
import { beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '../../src/certificates.ts'
import { gateFor, HTTP, startUpOf, toTls } from '../support/bad-clients.ts'
import { DRIVERS } from '../support/clients.ts'
import { dialRaw, mysqlHead, PG_SSL_REQUEST } from '../support/raw.ts'

let otherAuthority: string
beforeAll(async () => {
  otherAuthority = (await createAuthority()).pem
})

describe.each(['postgres', 'mysql'] as const)('%s', (engine) => {
  const { watched, verdictOn } = gateFor(engine)

  it('noise instead of the TLS handshake is reported as tls-failed', async () => {
    const verdict = await verdictOn(async (local) => {
      const socket = await toTls(local)
      socket.write(HTTP)
      return socket
    })
    expect(verdict.reason).toBe('tls-failed')
  })

  it('hanging up during the TLS handshake is reported as tls-failed', async () => {
    const verdict = await verdictOn(async (local) => (await toTls(local)).end(Buffer.from([0x16, 3, 1])))
    expect(verdict.reason).toBe('tls-failed')
  })

  it('a clear-text start-up right after the request for TLS is reported as tls-failed', async () => {
    const verdict = await verdictOn(async (local) => {
      const socket = await dialRaw(local)
      if (engine === 'mysql') await readPacket(socket)
      socket.write(
        Buffer.concat([engine === 'postgres' ? PG_SSL_REQUEST : packet(1, mysqlHead()), startUpOf(engine)]),
      )
      return socket
    })
    expect(verdict.reason).toBe('tls-failed')
  })

  it('an old version of TLS is reported as tls-failed', async () => {
    const verdict = await verdictOn(async (local) => {
      const socket = connectTls({
        socket: await toTls(local),
        ca: local.ca,
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
      })
      socket.on('error', () => {})
      return socket
    })
    expect(verdict.reason).toBe('tls-failed')
  })

  it('a driver that does not trust the certificate authority is reported as tls-failed', async () => {
    for (const { open } of DRIVERS.filter((driver) => driver.engine === engine)) {
      const verdict = watched().next()
      await expect(open({ ...watched().local, ca: otherAuthority })).rejects.toThrow(/certificate/)
      expect(await verdict).toMatchObject({ reason: 'tls-failed', detail: expect.stringContaining('trust') })
    }
  })

  it('a client that reports its distrust is recognized', async () => {
    // In TLS 1.2, the client checks the certificate before the handshake is over, and reports the result.
    const verdict = await verdictOn(async (local) => {
      const socket = connectTls({ socket: await toTls(local), ca: otherAuthority, maxVersion: 'TLSv1.2' })
      socket.on('error', () => {})
      return socket
    })
    expect(verdict).toMatchObject({ reason: 'tls-failed' })
  })
})

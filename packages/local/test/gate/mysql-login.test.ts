import { greetingBody, readGreeting } from '@rds-iam/wire/mysql-handshake'
import { packet, readPacket } from '@rds-iam/wire/mysql-packets'
import { describe, expect, it } from 'vitest'
import { DRIVERS, sign, USER } from '../support/clients.ts'
import { dialRaw, mysqlHead, mysqlOverTls, mysqlResponse, mysqlToThePassword } from '../support/raw.ts'
import { startWatched, useWatched } from '../support/verdicts.ts'

const watched = useWatched({ engine: 'mysql' })

describe('a login by hand', () => {
  it('is greeted with the server’s version and asked for TLS', async () => {
    const socket = await dialRaw(watched().local)
    const { sequence, body } = await readPacket(socket)
    const greeting = readGreeting(body)
    expect(sequence).toBe(0)
    expect(greeting.version.replace(/^5\.5\.5-/, '')).toBe(watched().local.serverVersion)
    expect(greeting.plugin).toBe('mysql_native_password')
    expect(greeting.capabilities & 0x800).toBe(0x800)
    expect(greetingBody(greeting)).toEqual(body)
    socket.destroy()
  })

  it('may arrive byte by byte', async () => {
    const { local } = watched()
    const socket = await dialRaw(local)
    await readPacket(socket)
    for (const byte of packet(1, mysqlHead())) socket.write(Buffer.from([byte]))
    socket.destroy()
    const secure = await mysqlOverTls(local)
    for (const byte of packet(2, mysqlResponse(USER))) secure.write(Buffer.from([byte]))
    expect((await readPacket(secure)).sequence).toBe(3)
    for (const byte of packet(4, Buffer.from(`${await sign(local)}\0`))) secure.write(Buffer.from([byte]))
    expect(await readPacket(secure)).toMatchObject({ sequence: 5, body: expect.objectContaining({ 0: 0 }) })
    secure.destroy()
  })

  it('may contain the token in its first packet', async () => {
    const { local } = watched()
    const socket = await mysqlOverTls(local)
    const token = Buffer.from(`${await sign(local)}\0`)
    // PLUGIN_AUTH_LENENC, because the token's length doesn't fit into one byte.
    const capabilities = 0x1 | 0x200 | 0x800 | 0x8000 | 0x80000 | 0x200000
    const length = Buffer.from([0xfc, token.length & 0xff, token.length >> 8])
    socket.write(
      packet(
        2,
        mysqlHead(capabilities),
        Buffer.from(`${USER}\0`),
        length,
        token,
        Buffer.from('mysql_clear_password\0'),
      ),
    )
    expect(await readPacket(socket)).toMatchObject({ sequence: 3, body: expect.objectContaining({ 0: 0 }) })
    socket.destroy()
  })

  it('may leave out the NUL after the token', async () => {
    const { socket } = await mysqlToThePassword(watched().local, USER)
    socket.write(packet(4, Buffer.from(await sign(watched().local))))
    expect(await readPacket(socket)).toMatchObject({ sequence: 5, body: expect.objectContaining({ 0: 0 }) })
    socket.destroy()
  })

  it('without a password is refused with "using password: NO"', async () => {
    const { socket } = await mysqlToThePassword(watched().local, USER)
    socket.write(packet(4, Buffer.from([0])))
    const { sequence, body } = await readPacket(socket)
    expect(sequence).toBe(5)
    expect(body.toString('utf8', 3)).toBe(
      `#28000Access denied for user '${USER}'@'127.0.0.1' (using password: NO)`,
    )
    socket.destroy()
  })

  it('of a client without plugins is refused', async () => {
    const socket = await mysqlOverTls(watched().local)
    const verdict = watched().next()
    socket.write(packet(2, mysqlResponse(USER, { capabilities: 0x200 | 0x800 | 0x8000 })))
    expect((await readPacket(socket)).body.readUInt16LE(1)).toBe(1251)
    expect((await verdict).reason).toBe('no-clear-password')
    socket.destroy()
  })
})

describe('the auth switch', () => {
  it('contains 20 bytes and a NUL, as MySQL’s does', async () => {
    const { socket, authSwitch } = await mysqlToThePassword(watched().local, USER)
    expect(authSwitch.subarray(0, 22).toString('latin1')).toBe('\u00femysql_clear_password\0')
    expect(authSwitch).toHaveLength(22 + 21)
    expect(authSwitch.at(-1)).toBe(0)
    socket.destroy()
  })

  it('contains no data if configured like Aurora’s, and drivers can still log in', async () => {
    const aurora = await startWatched({ engine: 'mysql', authSwitchData: false })
    try {
      const { socket, authSwitch } = await mysqlToThePassword(aurora.local, USER)
      expect(authSwitch.toString('latin1')).toBe('\u00femysql_clear_password\0')
      socket.destroy()
      for (const { open } of DRIVERS.filter(({ engine }) => engine === 'mysql'))
        await (await open(aurora.local)).end()
    } finally {
      await aurora.local.stop()
    }
  })
})

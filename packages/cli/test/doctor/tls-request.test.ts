import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Engine } from '@rds-iam/core'
import { afterEach, describe, expect, it } from 'vitest'
import { listen } from '../../../../test/support/listen.ts'
import { askForTls } from '../../src/doctor/steps/tls-request.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Asked {
  readonly asking: Promise<void>
  /** The server's end. */
  readonly client: Socket
}

/** Asks for TLS. The server sends these pieces one after another, or hangs up if there are none. */
async function ask(engine: Engine, ...pieces: readonly Buffer[]): Promise<Asked> {
  const server = createServer()
  const { port, stop } = await listen(server)
  closing.push(stop)
  const dial = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    closing.push(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const [[client], socket]: [Socket[], Socket] = await Promise.all([once(server, 'connection'), dial()])
  if (!client) throw new Error('nobody came')
  const asking = askForTls(socket, engine, dial)
  asking.catch(() => {}) // the test checks it
  const rest = [...pieces]
  const say = (): void => {
    const next = rest.shift()
    if (next) client.write(next)
  }
  socket.on('data', say)
  if (pieces.length === 0) client.end()
  else say()
  return { asking, client }
}

/** Protocol 10: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html */
function greeting(capabilities: number): Buffer {
  const [lower, upper] = [Buffer.alloc(2), Buffer.alloc(18)]
  lower.writeUInt16LE(capabilities)
  const body = Buffer.concat([Buffer.from('\n8.4.3\0'), Buffer.alloc(13, 1), lower, upper])
  return packet(body)
}

function packet(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body])
}
const SSL = 0x800

describe('MySQL', () => {
  it('is asked for TLS after its complete greeting', async () => {
    const bytes = greeting(SSL)
    const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 9), bytes.subarray(9)]
    const { asking, client } = await ask('mysql', ...pieces)
    const [request]: Buffer[] = await once(client, 'data')
    await asking
    expect([request?.length, request?.readUIntLE(0, 3), request?.[3]]).toEqual([36, 32, 1])
    expect((request?.readUInt32LE(4) ?? 0) & SSL).toBe(SSL)
  })

  it.each<[string, Buffer, string, string]>([
    ['without TLS', greeting(0), 'no-tls', 'the server speaks MySQL, but does not support TLS'],
    [
      'that speaks another protocol',
      Buffer.from('220 mail.example ESMTP\r\n'),
      'not-a-database',
      'the server does not speak MySQL',
    ],
    ...['\n8.0.40', '\n8.0.40\x001234', '\xff'].map((start): [string, Buffer, string, string] => [
      `that only starts like MySQL: ${JSON.stringify(start)}`,
      packet(Buffer.from(start, 'latin1')),
      'not-a-database',
      'the server does not speak MySQL',
    ]),
  ])('%s is reported', async (_, bytes, code, message) => {
    const { asking } = await ask('mysql', bytes)
    await expect(asking).rejects.toMatchObject({ fault: { code, message } })
  })

  it('that hangs up at once is reported', async () => {
    const { asking } = await ask('mysql')
    await expect(asking).rejects.toMatchObject({ fault: { code: 'closed' } })
  })
})

describe('PostgreSQL', () => {
  it.each([
    ['without TLS', Buffer.from('N'), 'no-tls', 'the server speaks PostgreSQL, but does not support TLS'],
    ['that is MySQL', greeting(SSL), 'wrong-engine', 'the server speaks MySQL, not PostgreSQL'],
    [
      'that speaks another protocol',
      Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'),
      'not-a-database',
      'the server does not speak PostgreSQL',
    ],
  ])('%s is reported', async (_, bytes, code, message) => {
    const { asking } = await ask('postgres', bytes)
    await expect(asking).rejects.toMatchObject({ fault: { code, message } })
  })

  it('may start TLS', async () => {
    const { asking } = await ask('postgres', Buffer.from('S'))
    await expect(asking).resolves.toBeUndefined()
  })
})

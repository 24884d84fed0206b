import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import { dial } from '@rds-iam/wire/sockets'
import { expect, it, vi } from 'vitest'
import { play, silent } from '../../../../test/support/play.ts'
import { openGate } from '../../src/gate/gate.ts'
import { Login } from '../../src/gate/login.ts'
import { createVerdictLog } from '../../src/gate/verdict-log.ts'

it('can’t listen on an address of another machine', async () => {
  const gate = openGate({
    host: '192.0.2.1', // reserved for documentation, RFC 5737
    port: 0,
    loginTimeoutMs: 1000,
    protocol: () => ({ serve: async () => {}, answer: () => undefined }),
    record: () => {},
  })
  await expect(gate).rejects.toMatchObject({
    code: 'ERR_RDS_IAM_LOCAL_LISTEN',
    message: 'host: cannot listen on 192.0.2.1:0 (EADDRNOTAVAIL); write an address of this machine',
  })
})

it('a client that disconnects at once has no address', () => {
  const login = new Login(new Socket(), new Set())
  expect(login.remoteAddress).toBe('unknown')
  login.abandon()
})

it('closes a connection to the server that opens after the login has ended', async () => {
  await using server = await play(silent)
  const open = new Set<Socket>()
  const login = new Login(new Socket(), open)
  const connection = await dial({ host: server.host, port: server.port })
  login.abandon()
  login.keep(connection)
  await once(connection, 'close')
  expect(open).toEqual(new Set())
})

it('a session outlives the time that its login could take', async () => {
  const gate = await openGate({
    host: '127.0.0.1',
    port: 0,
    loginTimeoutMs: 100,
    protocol: ({ socket }) => ({
      serve: async (admitted) => {
        admitted()
        socket.pipe(socket)
      },
      answer: () => undefined,
    }),
    record: () => {},
  })
  const client = connect(gate.port, gate.host)
  await once(client, 'connect')
  await new Promise((resolve) => setTimeout(resolve, 200))
  client.write('still here')
  const [echo] = await Promise.race([once(client, 'data'), once(client, 'close')])
  expect(String(echo)).toBe('still here')
  client.destroy()
  await gate.close()
})

const LOGIN = { user: 'jane', database: undefined, seen: {}, ms: 1, remoteAddress: '127.0.0.1' }

it.each<[string, unknown, () => unknown]>([
  [
    'throws',
    new Error('the listener is broken'),
    () => {
      throw new Error('the listener is broken')
    },
  ],
  [
    'throws something that is not an error',
    'the listener is broken',
    () => {
      throw 'the listener is broken'
    },
  ],
  ['rejects', new Error('no disk'), () => Promise.reject(new Error('no disk'))],
])('warns about a listener that %s', async (_how, reason, listener) => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const log = createVerdictLog(Date.now, listener)
  log.record(LOGIN, 'no-tls', 'The client did not ask for TLS.')
  await vi.waitFor(() => expect(warned).toHaveBeenCalledWith(reason))
  expect(log.verdicts).toHaveLength(1)
})

it('keeps the newest 1,000 of 5,000 verdicts, and numbers all of them', () => {
  const log = createVerdictLog(Date.now, undefined)
  const { verdicts } = log
  for (let number = 1; number <= 5000; number += 1) log.record(LOGIN, 'expired', `login ${number}`)
  expect(verdicts).toHaveLength(1000)
  expect(verdicts[0]).toMatchObject({ number: 4001, detail: 'login 4001' })
  expect(verdicts.at(-1)).toMatchObject({ number: 5000, detail: 'login 5000' })
})

import { once } from 'node:events'
import { Socket } from 'node:net'
import { expect, it, vi } from 'vitest'
import { openGate } from '../src/gate/gate.ts'
import { Login } from '../src/gate/login.ts'
import { createVerdictLog } from '../src/verdict-log.ts'
import { dial } from '../src/wire/sockets.ts'
import { play } from './support/played.ts'

it('an address that is not this machine’s can’t be listened on', async () => {
  const gate = openGate({
    host: '192.0.2.1', // for documentation, by RFC 5737
    port: 0,
    loginTimeoutMs: 1000,
    doorkeeper: () => ({ serve: async () => {}, answer: () => undefined }),
    record: () => {},
  })
  await expect(gate).rejects.toMatchObject({
    code: 'ERR_RDS_IAM_LOCAL_LISTEN',
    message: "Can't listen on 192.0.2.1:0 (EADDRNOTAVAIL): see `host` and `port`.",
  })
})

it('a client that has gone before it is looked at has no address', () => {
  const login = new Login(new Socket(), new Set())
  expect(login.remoteAddress).toBe('unknown')
  login.abandon()
})

it('a connection to the server that stands when the login is over is closed', async () => {
  const server = await play(() => new Promise(() => {}))
  const open = new Set<Socket>()
  const login = new Login(new Socket(), open)
  const connection = await dial('127.0.0.1', server.port)
  login.abandon()
  login.keep(connection)
  await once(connection, 'close')
  expect(open).toEqual(new Set())
  server.stop()
})

it('a listener may throw what is no error, and it is warned of', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const log = createVerdictLog(Date.now, () => {
    throw 'the listener is broken'
  })
  const login = { user: undefined, database: undefined, seen: {}, ms: 1, remoteAddress: '127.0.0.1' }
  log.record(login, 'no-tls', 'The client did not ask for TLS.')
  expect(warned).toHaveBeenCalledWith('the listener is broken')
  expect(log.verdicts).toHaveLength(1)
})

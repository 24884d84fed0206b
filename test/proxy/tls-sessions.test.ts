// The proxy resumes TLS sessions with MySQL servers, which saves both sides the work with the certificate.
import { createSecureContext } from 'node:tls'
import { type IamProxy, startProxy } from '@rds-iam/proxy'
import { createConnection } from 'mysql2/promise'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { type Certificates, certificatesFor } from '../support/certificates.ts'
import { startDns } from '../support/dns.ts'
import { mysql } from '../support/mysql-scripts.ts'
import { type Played, play } from '../support/play.ts'
import { startSwitch } from '../support/tcp-switch.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const THEIRS = 'theirs.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const ALIAS = 'db.corp.example'
const target = {
  engine: 'mysql',
  host: HOST,
  user: 'jane_doe',
  credentials: { accessKeyId: 'AKIAAFTERTHISONE0001', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' },
} as const

let certificates: Certificates
beforeAll(async () => {
  certificates = await certificatesFor(HOST)
})

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

function opened<T extends AsyncDisposable>(one: T): T {
  open.push(one)
  return one
}

/** A server with the endpoint's certificate, and for each of its clients whether it resumed a session. */
async function goodServer(): Promise<{ server: Played; resumed: boolean[] }> {
  const resumed: boolean[] = []
  const script = mysql.accepting(createSecureContext(certificates.good), (did) => void resumed.push(did))
  return { server: opened(await play(script)), resumed }
}

async function logIn({ url }: IamProxy): Promise<void> {
  const connection = await createConnection(url)
  connection.destroy()
}

it('resumes the session of the login before', async () => {
  const { server, resumed } = await goodServer()
  const via = `127.0.0.1:${server.port}`
  const proxy = opened(await startProxy({ ...target, via, ssl: { ca: certificates.ca } }))
  for (let login = 0; login < 3; login++) await logIn(proxy)
  expect(resumed).toEqual([false, true, true])
})

it("doesn't resume the session of a server that hasn't proven who it is", async () => {
  const { server, resumed } = await goodServer()
  const via = `127.0.0.1:${server.port}`
  const proxy = opened(await startProxy({ ...target, via, dangerouslySkipServerVerification: true }))
  for (let login = 0; login < 2; login++) await logIn(proxy)
  expect(resumed).toEqual([false, false])
})

it('resumes no session after a failed handshake, in case it was the cause', async () => {
  const good = await goodServer()
  const failing = opened(await play(mysql.hangingUp))
  const way = await startSwitch(good.server.port)
  opened({ [Symbol.asyncDispose]: () => way.stop() })
  const via = `127.0.0.1:${way.port}`
  const proxy = opened(await startProxy({ ...target, via, ssl: { ca: certificates.ca } }))
  await logIn(proxy)
  way.leadsTo = failing.port
  await expect(logIn(proxy)).rejects.toThrow(/hung up/)
  way.leadsTo = good.server.port
  await logIn(proxy)
  expect(good.resumed).toEqual([false, false])
})

it('trusts no other server because of a session, and continues with the next good one', async () => {
  const good = await goodServer()
  const impostor = opened(await play(mysql.overTls(certificates.bad['of an unknown CA'])))
  const next = await goodServer()
  const way = await startSwitch(good.server.port)
  opened({ [Symbol.asyncDispose]: () => way.stop() })
  const via = `127.0.0.1:${way.port}`
  const proxy = opened(await startProxy({ ...target, via, ssl: { ca: certificates.ca } }))
  await logIn(proxy)
  way.leadsTo = impostor.port
  await expect(logIn(proxy)).rejects.toThrow(/withheld .*certificate is not trusted/)
  expect(impostor.received()).not.toContain('X-Amz-')
  way.leadsTo = next.server.port
  await logIn(proxy)
  expect(next.resumed).toEqual([false])
})

it("doesn't resume the session of another endpoint behind the same alias", async () => {
  const names: Record<string, string> = { [ALIAS]: HOST }
  using _dns = await startDns(names)
  const { server } = await goodServer()
  const { port } = server
  const alias = { host: ALIAS, port, cname: true, region: 'us-east-1', ssl: { ca: certificates.ca } }
  const proxy = opened(await startProxy({ ...target, ...alias }))
  await logIn(proxy)
  names[ALIAS] = THEIRS
  await expect(logIn(proxy)).rejects.toThrow(/withheld .*certificate is not trusted/)
})

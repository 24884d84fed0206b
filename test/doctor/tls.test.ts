// How the doctor checks a server's certificate before a login.
import { once } from 'node:events'
import { connect } from 'node:net'
import { createSecureContext, type SecureVersion } from 'node:tls'
import type { JsonName } from '@peculiar/x509'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TlsFound } from '../../packages/cli/src/doctor/examination.ts'
import { examineTls } from '../../packages/cli/src/doctor/steps/tls.ts'
import { type Authority, createAuthority, type Issued } from '../../packages/local/src/certificates.ts'
import { selfSigned } from '../support/certificates.ts'
import { play } from '../support/play.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'

let authority: Authority
let good: Issued
beforeAll(async () => {
  authority = await createAuthority()
  good = await authority.issue({ names: [HOST, '127.0.0.1'] })
})

interface Server {
  readonly identity: Issued
  /** Default: the newest. */
  readonly version?: SecureVersion
  readonly expected?: string
  /** Default: the authority's. */
  readonly root?: string
}

/** The doctor's findings about the server. `left` resolves when the doctor has disconnected properly. */
async function examined({ identity, version, expected = HOST, root = authority.pem }: Server) {
  let leave = (): void => {}
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  const server = await play(async (talk) => {
    await talk.take()
    talk.send('S')
    await talk.secure(createSecureContext({ ...identity, ...(version && { maxVersion: version }) }))
    talk.socket.once('end', leave).resume()
  })
  onTestFinished(() => server.stop())
  const { host, port } = server
  const dial = { host, port }
  const socket = connect(dial)
  await once(socket, 'connect')
  const roots = [{ pem: root, from: 'ssl.ca' } as const]
  const question = { engine: 'postgres', dial, expected, roots } as const
  const found = await examineTls(question, socket, new AbortController().signal)
  return { found, left }
}

describe('a server that is trusted', () => {
  it.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])(
    'is reported, and the connection is closed properly: %s',
    async (version) => {
      const { found, left } = await examined({ identity: good, version })
      expect(found).toMatchObject({
        protocol: version,
        expected: HOST,
        names: [HOST, '127.0.0.1'],
        validUntil: '2049-12-31T00:00:00.000Z',
        issuers: [expect.stringMatching(/^rds-iam local root /)],
        root: { name: expect.stringMatching(/^rds-iam local root /), from: 'ssl.ca' },
      })
      await left
    },
  )

  it('may be identified by its address', async () => {
    const { found } = await examined({ identity: good, expected: '127.0.0.1' })
    expect(found.expected).toBe('127.0.0.1')
  })

  it.each<[string, JsonName, string]>([
    ['a common name', [{ CN: ['Corp Root'] }, { O: ['Corp'] }], 'Corp Root'],
    ['several', [{ CN: ['Corp'] }, { CN: ['Root'] }], 'Corp Root'],
    ['a unit', [{ OU: ['Databases'] }, { O: ['Corp'] }], 'Databases'],
    ['an organization', [{ O: ['Corp'] }], 'Corp'],
  ])('is signed by an authority with %s', async (_, name, shown) => {
    const identity = await selfSigned(name, [HOST])
    const { found } = await examined({ identity, root: identity.cert })
    expect([found.issuers, found.root]).toEqual([[shown], { name: shown, from: 'ssl.ca' }])
  })

  it('may have its name only as the common name', async () => {
    const identity = await selfSigned([{ CN: [HOST] }])
    expect((await examined({ identity, root: identity.cert })).found.names).toEqual([HOST])
  })
})

describe('a server that is not', () => {
  const year = (year: number) => new Date(Date.UTC(year, 0, 1))
  const [expired, early]: [Date, Date] = [year(2021), year(2040)]

  it.each<[string, () => Promise<Server>, string, string | RegExp, Partial<TlsFound>]>([
    [
      'has expired',
      async () => ({ identity: await authority.issue({ names: [HOST], notAfter: expired }) }),
      'expired',
      'its certificate expired at 2021-01-01T00:00:00.000Z',
      { root: undefined },
    ],
    [
      'comes from the future',
      async () => ({ identity: await authority.issue({ names: [HOST], notBefore: early }) }),
      'not-yet-valid',
      'its certificate is not valid before 2040-01-01T00:00:00.000Z',
      { root: undefined },
    ],
    [
      'is signed by somebody else',
      async () => ({ identity: await selfSigned([{ CN: ['Corp Root'] }], [HOST]) }),
      'untrusted',
      'its certificate is signed by Corp Root, which is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)',
      { issuers: ['Corp Root'] },
    ],
    [
      'is signed by nobody knows whom',
      async () => ({ identity: await selfSigned([], [HOST]) }),
      'untrusted',
      /^its certificate is signed by an unnamed issuer, which is not trusted /,
      { names: [HOST] },
    ],
    [
      'is another',
      async () => ({ identity: good, expected: 'invoices.c9akciq32rgh.us-east-1.rds.amazonaws.com' }),
      'wrong-name',
      `its certificate is for another server: ${HOST}, 127.0.0.1`,
      { root: expect.anything() },
    ],
    [
      'is another, by the common name',
      async () => {
        const identity = await selfSigned([{ CN: ['db.corp.example'] }])
        return { identity, root: identity.cert }
      },
      'wrong-name',
      'its certificate is for another server: db.corp.example',
      { names: ['db.corp.example'] },
    ],
  ])('is reported if it %s', async (_, server, code, words, found) => {
    const message = typeof words === 'string' ? words : expect.stringMatching(words)
    await expect(examined(await server())).rejects.toMatchObject({ fault: { code, message }, found })
  })
})

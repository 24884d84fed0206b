import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import { expect, it } from 'vitest'
import { listen } from '../../../test/support/listen.ts'
import { createAuthority } from '../src/certificates.ts'

it('an authority issues signed certificates for names and addresses', async () => {
  const authority = await createAuthority()
  const root = new X509Certificate(authority.pem)
  const issued = new X509Certificate(
    (await authority.issue({ names: ['db.example.com', '127.0.0.1', '::1'] })).cert,
  )
  expect(root.ca).toBe(true)
  expect(issued.ca).toBe(false)
  expect(root.verify(root.publicKey)).toBe(true)
  expect(issued.verify(root.publicKey)).toBe(true)
  expect(issued.checkIssued(root)).toBe(true)
  expect(issued.checkHost('db.example.com')).toBe('db.example.com')
  expect(issued.checkHost('other.example.com')).toBeUndefined()
  expect([issued.checkIP('127.0.0.1'), issued.checkIP('::1'), issued.checkIP('127.0.0.2')]).toEqual([
    '127.0.0.1',
    '::1',
    undefined,
  ])
  expect(issued.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
})

it('certificates are valid from 2020 to 2049, whatever the clock says', async () => {
  const authority = await createAuthority()
  for (const pem of [authority.pem, (await authority.issue({ names: ['localhost'] })).cert]) {
    const { validFrom, validTo } = new X509Certificate(pem)
    expect([validFrom, validTo]).toEqual(['Jan  1 00:00:00 2020 GMT', 'Dec 31 00:00:00 2049 GMT'])
  }
})

it('a certificate may have another validity period', async () => {
  const authority = await createAuthority()
  const [notBefore, notAfter] = [new Date('2021-01-01T00:00:00Z'), new Date('2022-01-01T00:00:00Z')]
  const { validFrom, validTo } = new X509Certificate(
    (await authority.issue({ names: ['old'], notBefore, notAfter })).cert,
  )
  expect([new Date(validFrom), new Date(validTo)]).toEqual([notBefore, notAfter])
})

it("two authorities don't trust each other's certificates", async () => {
  const [one, other] = await Promise.all([createAuthority(), createAuthority()])
  const issued = new X509Certificate((await one.issue({ names: ['localhost'] })).cert)
  expect(issued.verify(new X509Certificate(other.pem).publicKey)).toBe(false)
  expect(issued.checkIssued(new X509Certificate(other.pem))).toBe(false)
})

it('node:tls accepts the certificates, and checks chain and name', async () => {
  const authority = await createAuthority()
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.eu-west-1.rds.amazonaws.com` // longer than a common name may be
  const server = createServer(await authority.issue({ names: [long] }), (socket) => socket.end())
  await using listening = await listen(server)
  const { port } = listening
  const dial = async (servername: string, ca: string): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', ca, servername })
    try {
      await once(socket, 'secureConnect')
      return 'secure'
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? '' // of node:tls
    } finally {
      socket.destroy()
    }
  }
  expect(await dial(long, authority.pem)).toBe('secure')
  expect(await dial('localhost', authority.pem)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
  expect(await dial(long, (await createAuthority()).pem)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

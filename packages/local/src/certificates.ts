// A certificate authority that exists only as long as the process: a new root, and the server certificates it issues.
import 'reflect-metadata' // @peculiar/x509 needs it, but doesn't load it
import { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

// Fixed dates, so that the certificates stay valid in a test that fakes the clock.
const NOT_BEFORE = new Date(Date.UTC(2020, 0, 1))
const NOT_AFTER = new Date(Date.UTC(2049, 11, 31))
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export interface Issued {
  /** PEM. */
  cert: string
  /** PEM, PKCS #8. */
  key: string
}

interface Request {
  /** The first is also the common name. */
  names: readonly [string, ...string[]]
  notBefore?: Date
  notAfter?: Date
}

export interface Authority {
  /** The root's certificate, PEM. */
  pem: string
  /** A server certificate for these DNS names and IP addresses. */
  issue(request: Request): Promise<Issued>
}

/** Creates a root. Its key never leaves memory. */
export async function createAuthority(name = 'rds-iam local root'): Promise<Authority> {
  const keys = await newKeys()
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerialNumber(),
      // Each root needs a different name, because clients look up an issuer by name.
      name: [{ CN: [`${name} ${newSerialNumber().slice(2, 10)}`] }],
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      signingAlgorithm: P256,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return {
    pem: `${root.toString('pem')}\n`,
    issue: (request) => issue(root, keys.privateKey, request),
  }
}

async function issue(
  root: x509.X509Certificate,
  rootKey: webcrypto.CryptoKey,
  request: Request,
): Promise<Issued> {
  const keys = await newKeys()
  const [first] = request.names
  const names = [...new Set(request.names)]
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: newSerialNumber(),
      // A common name may have at most 64 characters. Clients ignore it if there is a subjectAltName.
      subject: [{ CN: [first.slice(0, 64)] }],
      issuer: root.subjectName,
      notBefore: request.notBefore ?? NOT_BEFORE,
      notAfter: request.notAfter ?? NOT_AFTER,
      signingAlgorithm: P256,
      publicKey: keys.publicKey,
      signingKey: rootKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(root.publicKey, false, webcrypto),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
}

function newSerialNumber(): string {
  // Starts with 0x01, so that it is positive and has no leading zero.
  return `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`
}

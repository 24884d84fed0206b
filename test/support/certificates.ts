// Good and bad certificates for a host. Each test file creates new ones.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { createAuthority, type Issued } from '../../packages/local/src/certificates.ts'

export type { Issued }

export interface Certificates {
  /** The CA that the client trusts. */
  readonly ca: string
  readonly good: Issued
  readonly bad: Readonly<Record<BadCertificate, Issued>>
}

export type BadCertificate =
  | 'of an unknown CA'
  | 'of the right CA, for an instance of somebody else'
  | 'that has expired'
  | 'that is signed by itself'

export async function certificatesFor(host: string): Promise<Certificates> {
  const [trusted, unknown] = [await createAuthority(), await createAuthority()]
  return {
    ca: trusted.pem,
    good: await trusted.issue({ names: [host] }),
    bad: {
      'of an unknown CA': await unknown.issue({ names: [host] }),
      'of the right CA, for an instance of somebody else': await trusted.issue({
        names: ['theirs.c9akciq32rgh.us-east-1.rds.amazonaws.com'],
      }),
      'that has expired': await trusted.issue({
        names: [host],
        notBefore: new Date('2020-01-01T00:00:00Z'),
        notAfter: new Date('2021-01-01T00:00:00Z'),
      }),
      'that is signed by itself': await selfSigned([{ CN: [host.slice(0, 64)] }], [host]),
    },
  }
}

/** A self-signed certificate with this name. */
export async function selfSigned(name: x509.JsonName, alternatives: readonly string[] = []): Promise<Issued> {
  const names = alternatives.map((value) => ({ type: 'dns', value }) as const)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name,
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2049-01-01T00:00:00Z'),
      signingAlgorithm: algorithm,
      keys,
      extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
    },
    webcrypto,
  )
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') }
}

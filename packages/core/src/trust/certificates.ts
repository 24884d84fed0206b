// Splits PEM text into certificates, and finds when they expire.
import { readFileSync } from 'node:fs'
import { nodeCrypto } from '../node-modules.ts'

/** Whether the certificate is still valid. */
export function isInDate(pem: string): boolean {
  return endOf(pem) > Date.now()
}

/** When certificates expire, in milliseconds since the epoch. Parsing one takes a third of a millisecond. */
const ends = new Map<string, number>()

function endOf(pem: string): number {
  let end = ends.get(pem)
  if (end === undefined) {
    const { X509Certificate } = nodeCrypto()
    end = Date.parse(new X509Certificate(pem).validTo)
    ends.set(pem, end)
  }
  return end
}

/** Splits PEM text into certificates; undefined if it contains none, or one that can't be read. */
export function certificatesIn(pem: string): string[] | undefined {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  try {
    for (const certificate of found ?? []) endOf(certificate)
  } catch {
    return undefined
  }
  return found ?? undefined
}

const extras = new Map<string, string[]>()

/**
 * The certificates in NODE_EXTRA_CA_CERTS. Node.js leaves them out of a context that has a `ca`, so we add them. Like
 * Node.js, we read the file once: it may contain all public CAs, which take 30 ms to parse.
 */
export function extraCertificates(file: string | undefined): string[] {
  if (!file) return []
  let found = extras.get(file)
  if (!found) {
    try {
      found = certificatesIn(readFileSync(file, 'utf8')) ?? []
    } catch {
      found = [] // Node.js has already warned about it
    }
    extras.set(file, found)
  }
  return found
}

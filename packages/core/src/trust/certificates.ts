// Splits PEM text into certificates, and finds when they expire.
import { readFileSync } from 'node:fs'
import { nodeCrypto } from '../node-modules.ts'

const HEADER = '-----BEGIN CERTIFICATE-----\n'.length

/** The bytes of a certificate up to its subject, as text. The parts that are read are plain ASCII. */
function beginningOf(pem: string): string {
  return Buffer.from(pem.slice(HEADER, 800), 'base64').toString('latin1')
}

/** Whether the certificate is still valid. */
export function isInDate(pem: string): boolean {
  return (ends.get(pem) ?? statedEnd(pem) ?? parsedEnd(pem)) > Date.now()
}

/** When certificates expire, in milliseconds since the epoch. */
const ends = new Map<string, number>()

function parsedEnd(pem: string): number {
  let end = ends.get(pem)
  if (end === undefined) {
    const { X509Certificate } = nodeCrypto()
    end = Date.parse(new X509Certificate(pem).validTo)
    ends.set(pem, end)
  }
  return end
}

/** Two times, `240101000000Z` or `20610101000000Z`, with two bytes between; the second is the end (RFC 5280, 4.1.2.5). */
const VALIDITY = /\d{12,14}Z.{2}(\d{12,14})Z/s

/** The same without parsing the whole certificate, which takes a third of a millisecond. A cold start needs eight. */
function statedEnd(pem: string): number | undefined {
  const stated = VALIDITY.exec(beginningOf(pem))?.[1]
  if (stated === undefined) return undefined
  const century = stated < '5' ? '20' : '19' // years with two digits are from 1950 to 2049
  const digits = stated.length === 14 ? stated : `${century}${stated}`
  return Date.parse(digits.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z'))
}

/** Splits PEM text into certificates; undefined if it contains none, or one that can't be read. */
export function certificatesIn(pem: string): string[] | undefined {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  try {
    for (const certificate of found ?? []) parsedEnd(certificate)
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

// Splits PEM text into certificates, and finds when they expire.
import { readFileSync } from 'node:fs'
import { nodeCrypto } from '../node-modules.ts'

/** Whether the certificate is still valid. */
export function isInDate(pem: string): boolean {
  return endOf(pem) > Date.now()
}

/** When certificates expire, in milliseconds since the epoch. */
const ends = new Map<string, number>()

function endOf(pem: string): number {
  let end = ends.get(pem)
  if (end === undefined) {
    end = statedEnd(pem) ?? parsedEnd(pem)
    ends.set(pem, end)
  }
  return end
}

function parsedEnd(pem: string): number {
  const { X509Certificate } = nodeCrypto()
  return Date.parse(new X509Certificate(pem).validTo)
}

/** Two times, `240101000000Z` or `20610101000000Z`, with two bytes between; the second is the end (RFC 5280, 4.1.2.5). */
const VALIDITY = /\d{12,14}Z.{2}(\d{12,14})Z/s

/**
 * The same without parsing the whole certificate, which takes a third of a millisecond: NODE_EXTRA_CA_CERTS may name all
 * public CAs. Undefined if the text doesn't look like a whole certificate: a sequence with a length of two bytes.
 */
function statedEnd(pem: string): number | undefined {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
  if (der.length < 4 || der.readUInt16BE(0) !== 0x3082 || der.readUInt16BE(2) !== der.length - 4)
    return undefined
  const stated = VALIDITY.exec(der.toString('latin1'))?.[1]
  if (stated === undefined) return undefined
  const century = stated < '5' ? '20' : '19' // years with two digits are from 1950 to 2049
  const digits = stated.length === 14 ? stated : `${century}${stated}`
  return Date.parse(digits.replace(/(....)(..)(..)(..)(..)(..)/, '$1-$2-$3T$4:$5:$6Z'))
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
 * Node.js, we read the file once.
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

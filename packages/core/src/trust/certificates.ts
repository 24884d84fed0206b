// Splits PEM text into certificates, and finds when they expire.
import { readFileSync } from 'node:fs'
import { nodeCrypto } from '../node-modules.ts'

/** Whether the certificate is still valid; false if it can't be read. */
export function isInDate(pem: string): boolean {
  return endOf(pem) > Date.now()
}

/** When certificates expire, in milliseconds since the epoch. Parsing one takes a third of a millisecond. */
const ends = new Map<string, number>()

/** NaN if the certificate can't be read. */
function endOf(pem: string): number {
  let end = ends.get(pem)
  if (end === undefined) {
    const { X509Certificate } = nodeCrypto()
    try {
      end = Date.parse(new X509Certificate(pem).validTo)
    } catch {
      end = Number.NaN
    }
    ends.set(pem, end)
  }
  return end
}

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
const CERTIFICATE = new RegExp(`${BEGIN}[^-]+${END}`, 'g')

/** Splits PEM text into certificates. Doesn't read them. */
export function certificatesIn(pem: string): string[] {
  return pem.match(CERTIFICATE) ?? []
}

export function isReadable(pem: string): boolean {
  return !Number.isNaN(endOf(pem))
}

/**
 * Whether it is an authority of RDS in another region than `home`. It can't vouch for a server at home, but the bundle of
 * all regions contains more than a hundred of them, which take 30 ms to parse.
 */
export function isElsewhere(pem: string, home: string | undefined): boolean {
  const region = regionOf(pem)
  return region !== '' && home !== undefined && region !== home
}

/** The regions of RDS's authorities; empty for other certificates. */
const regions = new Map<string, string>()

function regionOf(pem: string): string {
  let region = regions.get(pem)
  if (region === undefined) {
    const der = Buffer.from(pem.slice(BEGIN.length, -END.length), 'base64').toString('latin1')
    region = /Amazon RDS (?:Beta |Preview )?([a-z]+(?:-[a-z]+)+-\d) /.exec(der)?.[1] ?? ''
    regions.set(pem, region)
  }
  return region
}

const extras = new Map<string, string[]>()

/**
 * The certificates in NODE_EXTRA_CA_CERTS. Node.js leaves them out of a context that has a `ca`, so we add them. Like
 * Node.js, we read the file once, and take the certificates as they are.
 */
export function extraCertificates(file: string | undefined): string[] {
  if (!file) return []
  let found = extras.get(file)
  if (!found) {
    try {
      found = certificatesIn(readFileSync(file, 'utf8'))
    } catch {
      found = [] // Node.js has already warned about it
    }
    extras.set(file, found)
  }
  return found
}

// Verifies AWS Signature Version 4. Shares no code with core's signer, so that a bug there can't hide itself.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** The parts of a token that determine its signature. */
interface Signed {
  date: string
  region: string
  service: string
  stringToSign: string
  /** 64 hex digits. */
  signature: string
}

/** Whether the token was signed with this secret. */
export function isSignedWith(secretAccessKey: string, token: Signed): boolean {
  const key = [token.date, token.region, token.service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey}`,
  )
  return timingSafeEqual(hmac(key, token.stringToSign), Buffer.from(token.signature, 'hex'))
}

export function stringToSign(
  hostHeader: string,
  parameters: ReadonlyMap<string, string>,
  scope: { date: string; region: string; service: string },
  date: string,
): string {
  const canonicalQuery = [...parameters]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${toUri(name)}=${toUri(value)}`)
    .sort()
    .join('&')
  const canonicalRequest = ['GET', '/', canonicalQuery, `host:${hostHeader}`, '', 'host', sha256('')].join(
    '\n',
  )
  return [
    'AWS4-HMAC-SHA256',
    date,
    `${scope.date}/${scope.region}/${scope.service}/aws4_request`,
    sha256(canonicalRequest),
  ].join('\n')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Escapes as RFC 3986 does: everything except letters, digits, '-', '.', '_' and '~'. */
export function toUri(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

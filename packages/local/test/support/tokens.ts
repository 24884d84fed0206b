// Tokens without a server: the vectors, and our own signer, which signs any parameters.
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Vector {
  at: string
  host: string
  /** Absent in a token for Aurora DSQL. */
  port?: number
  user: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | null
  signature: string
  token: string
}

export const rdsVectors: readonly Vector[] = vectorsIn('tokens.json')
export const dsqlVectors: readonly Vector[] = vectorsIn('dsql-tokens.json')

function vectorsIn(file: string): readonly Vector[] {
  return JSON.parse(readFileSync(new URL(`../admission/vectors/${file}`, import.meta.url), 'utf8'))
}

/** Signs any parameters, valid or not, so that the signature is never what is wrong. */
export function signAnything(wanted: {
  host?: string
  secret: string
  parameters: Record<string, string>
}): string {
  const { host = 'localhost:5432', secret, parameters } = wanted
  const [, date = '', region = '', service = '', end = ''] = (parameters['X-Amz-Credential'] ?? '').split('/')
  const query = Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const request = ['GET', '/', query, `host:${host}`, '', 'host', sha256('')].join('\n')
  const scope = [date, region, service, end].join('/')
  const text = ['AWS4-HMAC-SHA256', parameters['X-Amz-Date'] ?? '', scope, sha256(request)].join('\n')
  const key = [date, region, service, end].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return `${host}/?${query}&X-Amz-Signature=${hmac(key, text).toString('hex')}`
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

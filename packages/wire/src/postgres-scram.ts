// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL uses it, without channel binding.
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

export interface ScramExchange {
  first: string
  /** The answer to the server's challenge. */
  answer(challenge: string): Promise<{ final: string; serverSignature: string }>
}

/** PostgreSQL takes the user from the start-up packet, so the name here is empty. */
export function scram(password: string): ScramExchange {
  const nonce = randomBytes(18).toString('base64')
  const bare = `n=,r=${nonce}`
  return {
    first: `n,,${bare}`,
    async answer(challenge) {
      const { r: serverNonce = '', s: salt = '', i: iterations = '' } = attributes(challenge)
      if (!serverNonce.startsWith(nonce) || serverNonce === nonce)
        throw new Error("SCRAM: the server's nonce does not extend the client's")
      if (!/^[1-9]\d{0,8}$/.test(iterations) || salt === '')
        throw new Error('SCRAM: the salt or the iteration count is missing or invalid')
      const salted = await promisify(pbkdf2)(
        password.normalize('NFKC'),
        Buffer.from(salt, 'base64'),
        Number(iterations),
        32,
        'sha256',
      )
      const withoutProof = `c=biws,r=${serverNonce}` // biws: the header 'n,,' in base64
      const signed = `${bare},${challenge},${withoutProof}`
      const clientKey = hmac(salted, 'Client Key')
      const storedKey = createHash('sha256').update(clientKey).digest()
      const signature = hmac(storedKey, signed)
      const proof = clientKey.map((byte, index) => byte ^ signature.readUInt8(index))
      return {
        final: `${withoutProof},p=${Buffer.from(proof).toString('base64')}`,
        serverSignature: hmac(hmac(salted, 'Server Key'), signed).toString('base64'),
      }
    },
  }
}

/** Whether the server knows the password too. */
export function provesServer(final: string, serverSignature: string): boolean {
  return attributes(final).v === serverSignature
}

function attributes(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((pair) => [pair.slice(0, 1), pair.slice(2)]))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

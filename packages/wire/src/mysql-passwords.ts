// MySQL's two password plugins: the proofs that a client sends instead of the password.
import { constants, createHash, publicEncrypt, randomBytes } from 'node:crypto'

export const NATIVE = 'mysql_native_password'
export const CACHING_SHA2 = 'caching_sha2_password'

export function isProvable(plugin: string): boolean {
  return plugin === NATIVE || plugin === CACHING_SHA2
}

export function prove(plugin: string, password: string, scramble: Buffer): Buffer {
  if (!isProvable(plugin)) {
    throw new Error(`the server asks for the authentication plugin ${plugin}, which is not supported here`)
  }
  if (password === '') return Buffer.alloc(0)
  if (plugin === NATIVE) {
    const once = hash('sha1', password)
    return xor(once, hash('sha1', scramble, hash('sha1', once)))
  }
  const once = hash('sha256', password)
  return xor(once, hash('sha256', hash('sha256', once), scramble))
}

/** The password for a server that hasn't cached its hash: XORed with the scramble, encrypted with the server's key. */
export function encrypt(password: string, scramble: Buffer, publicKey: string): Buffer {
  const hidden = xor(Buffer.from(`${password}\0`), scramble)
  return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, hidden)
}

/** Twenty bytes without NUL or '$', because some clients read it as text. */
export function newScramble(): Buffer {
  return Buffer.from(randomBytes(20).map((byte) => 0x30 + (byte & 0x3f)))
}

function xor(bytes: Buffer, pad: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ pad.readUInt8(index % pad.length)))
}

function hash(algorithm: 'sha1' | 'sha256', ...parts: (string | Buffer)[]): Buffer {
  const digest = createHash(algorithm)
  for (const part of parts) digest.update(part)
  return digest.digest()
}

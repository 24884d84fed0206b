// Asks a MySQL client to prove that it knows a password, with the client's preferred plugin of the two that can.
import { timingSafeEqual } from 'node:crypto'
import { PLUGIN_AUTH, type Response } from './mysql-handshake.ts'
import { AUTH_SWITCH, type Conversation, MORE_DATA } from './mysql-packets.ts'
import { CACHING_SHA2, isProvable, NATIVE, newScramble, prove } from './mysql-passwords.ts'

/** The proof is enough, so the server never asks for the password itself. */
const FAST_IS_ENOUGH = Buffer.from([MORE_DATA, 3])

/**
 * Resolves with whether the client knows the password, or sends none. `response` is the answer to a greeting with the
 * plugin `greeted` and this `scramble`.
 */
export async function provesPassword(
  client: Conversation,
  response: Response,
  { plugin: greeted, scramble }: { plugin: string; scramble: Buffer },
  password: string,
): Promise<'right' | 'wrong' | 'none'> {
  const { plugin, proof } = await proofOf(client, response, greeted, scramble)
  const right = prove(plugin, password, proof.scramble)
  // An empty password is no bytes, or its terminating NUL.
  if (proof.bytes.length <= 1) return 'none'
  if (proof.bytes.length !== right.length || !timingSafeEqual(proof.bytes, right)) return 'wrong'
  if (plugin === CACHING_SHA2) client.send(FAST_IS_ENOUGH)
  return 'right'
}

interface Proof {
  plugin: string
  proof: { bytes: Buffer; scramble: Buffer }
}

async function proofOf(
  client: Conversation,
  { capabilities, plugin, proof: bytes }: Response,
  greeted: string,
  scramble: Buffer,
): Promise<Proof> {
  // Clients without plugins support only this one.
  if ((capabilities & PLUGIN_AUTH) === 0) return { plugin: NATIVE, proof: { bytes, scramble } }
  // A client that prefers another plugin than the greeting's may have ignored the scramble.
  if (plugin === greeted && isProvable(plugin)) return { plugin, proof: { bytes, scramble } }
  const other = isProvable(plugin) ? plugin : NATIVE
  const fresh = newScramble()
  client.send(Buffer.from([AUTH_SWITCH]), Buffer.from(`${other}\0`), fresh, Buffer.from([0]))
  return { plugin: other, proof: { bytes: await client.receive(), scramble: fresh } }
}

// `rds-iam token`: a token alone, for PGPASSWORD=$(…), or what one says.
import { subscribe } from 'node:diagnostics_channel'
import { fstatSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { channels, type IamTarget, type TokenSignedEvent } from '@rds-iam/core'
import { decodeToken, explain } from './decode.ts'
import { UsageError } from './failure.ts'
import { signerOf } from './signer.ts'

export interface TokenOptions {
  readonly decode?: true
  readonly json?: true
}

export async function token(target: IamTarget, { decode, json }: TokenOptions): Promise<number> {
  if (json && !decode) throw new UsageError('--json goes with --decode; write both, or neither')
  if (!decode) {
    process.stdout.write(`${await signerOf(target).get()}\n`)
    return 0
  }
  const given = await tokenOnStdin()
  let lifeMs: number | undefined
  subscribe(channels.tokenSigned, (message) => {
    lifeMs = (message as TokenSignedEvent).lifeMs // as the channel's documentation says
  })
  const facts = decodeToken(given || (await signerOf(target).get()), lifeMs)
  process.stdout.write(`${json ? JSON.stringify(facts) : explain(facts)}\n`)
  return 0
}

/** Empty on a terminal, and when stdin is nothing: /dev/null, or closed. */
async function tokenOnStdin(): Promise<string> {
  if (process.stdin.isTTY) return ''
  try {
    // With bigint, whose result has a place of its own: Node 20's realpath() takes any other for that of the next link
    // that it follows, and stops there if it is a pipe's; then nothing is found any more that pnpm has linked.
    if (fstatSync(process.stdin.fd, { bigint: true }).isCharacterDevice()) return ''
  } catch {
    return '' // closed
  }
  return (await text(process.stdin)).trim()
}

// `rds-iam token`: prints only a token, for PGPASSWORD=$(…), or explains one.
import { subscribe } from 'node:diagnostics_channel'
import { text } from 'node:stream/consumers'
import { channels, type IamTarget, inspectTarget, type TokenSignedEvent } from '@rds-iam/core'
import { UsageError } from '../failure.ts'
import { signerOf } from '../signer.ts'
import { decodeToken, explain } from './decode.ts'

export interface TokenOptions {
  readonly decode?: true
  readonly json?: true
}

/** Stands for the token on stdin, instead of a target. */
export const STDIN = '-'

export async function token(
  target: IamTarget | typeof STDIN,
  { decode, json }: TokenOptions,
): Promise<number> {
  if (json && !decode) throw new UsageError('--json needs --decode; write both, or neither')
  if (!decode) {
    if (target === STDIN) throw new UsageError('- needs --decode; write both, or name the database')
    process.stdout.write(`${await signerOf(target).get()}\n`)
    return 0
  }
  let lifeMs: number | undefined
  subscribe(channels.tokenSigned, (message) => {
    lifeMs = (message as TokenSignedEvent).lifeMs // the channel documents its messages
  })
  // Read stdin only on request, because an inherited stdin may never end.
  const explained = target === STDIN ? (await text(process.stdin)).trim() : await newToken(target)
  const facts = decodeToken(explained, lifeMs)
  process.stdout.write(`${json ? JSON.stringify(facts) : explain(facts)}\n`)
  return 0
}

function newToken(target: IamTarget): Promise<string> {
  if (inspectTarget(target).parts.host === undefined) {
    const what = 'no database is named'
    throw new UsageError(`${what}; name one to explain a new token, or write - to explain the token on stdin`)
  }
  return signerOf(target).get()
}

// Makes text from outside safe to show: no requests, secrets or control characters, and not too long.

/** The secrets that were used lately, newest last. */
const secrets = new Set<string>()
const MAX_SECRETS = 100
/** A shorter one could be an ordinary word, and AWS doesn't issue any that short. */
const SHORTEST_SECRET = 8

/** From now on, safeText() replaces these values. */
export function keepSecret(...values: readonly (string | undefined)[]): void {
  for (const value of values) {
    if (value === undefined || value.length < SHORTEST_SECRET) continue
    secrets.delete(value)
    secrets.add(value)
  }
  for (const oldest of secrets) {
    if (secrets.size <= MAX_SECRETS) break
    secrets.delete(oldest)
  }
}

/** Replaces a secret in a text. */
const HIDDEN = '…'
/** No useful text is longer. The part that is cut off is not searched for secrets. */
const LONGEST_INPUT = 65_536

// AWS quotes the request that it expected, including the session token, and its SDK says where to find the response.
const NOT_FOR_USERS =
  /The Canonical String for this request|The String-to-Sign should have been|Deserialization error: to see the raw/
const TOKEN_PARTS = /(X-Amz-(?:Signature|Security-Token)["']?\s*[=:]\s*["']?)[^\s&"',;]+/gi
const JSON_WEB_TOKEN = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g
const PASSWORD_IN_URL = /(:\/\/[^\s/@:]*:)[^\s/@]*@/g
const AUTHORIZATION = /(authorization["']?\s*[=:]\s*)[^\r\n]+/gi
const NAMED_SECRET =
  /((?:secret_?access_?key|(?:session|security|auth|access|web_?identity)_?token|secret|password|signature)["']?\s*[=:]\s*)(?!(?:YES|NO)\b)("[^"]*"|'[^']*'|[^\s,;&})\]]+)/gi

/**
 * Text from outside in one line: from a server, a driver, a credential service, the DNS, or a thrown value. It
 * contains no control characters, which a terminal would obey, no secret that is known or named as one, and at most
 * `maxLength` characters.
 *
 * @example
 * ```ts
 * import { safeText } from '@rds-iam/core'
 *
 * export function log(error: Error): void {
 *   console.error(safeText(error.message))
 * }
 * ```
 */
export function safeText(text: string, maxLength = 1000): string {
  const [words = ''] = text.slice(0, LONGEST_INPUT).split(NOT_FOR_USERS, 1)
  const line = withoutSecrets(words)
    .replace(AUTHORIZATION, `$1${HIDDEN}`)
    .replace(NAMED_SECRET, `$1${HIDDEN}`)
    .replace(PASSWORD_IN_URL, `$1${HIDDEN}@`)
    .replace(/\s+/g, ' ')
    .trim()
  return shortened(visible(line), maxLength)
}

/** One of our own messages, which has several lines, and may quote text that isn't safe yet. */
export function safeMessage(message: string): string {
  const lines = withoutSecrets(message.slice(0, LONGEST_INPUT)).split('\n')
  return lines.map(visible).join('\n')
}

function withoutSecrets(text: string): string {
  let result = text.replace(TOKEN_PARTS, `$1${HIDDEN}`).replace(JSON_WEB_TOKEN, HIDDEN)
  // The longest first, because one secret may be part of another.
  for (const secret of [...secrets].sort((one, other) => other.length - one.length)) {
    result = result.replaceAll(secret, HIDDEN).replaceAll(encodeURIComponent(secret.toWellFormed()), HIDDEN)
  }
  return result
}

/** Text, because V8 builds the tables of a literal as soon as it loads this file, which takes a millisecond. */
const INVISIBLE = '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]'

/** Control and format characters, including those that reverse the text's direction, and halves of characters. */
function visible(line: string): string {
  return line.replace(new RegExp(INVISIBLE, 'gu'), '\ufffd')
}

function shortened(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength - 1).toWellFormed()}…` : text
}

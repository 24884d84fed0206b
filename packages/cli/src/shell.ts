// Quotes words for a POSIX shell.

/** The text as one word, in quotes if necessary. `…` marks a part that the user fills in. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./…-][\w@%+=:,./…-]*$/.test(text) ? text : quotedWord(text)
}

/** The text as one word in quotes. */
export function quotedWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

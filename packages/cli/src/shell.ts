// Words for a POSIX shell.

/** The text as one word: bare where that is safe, else in quotes. `…` stands for what is to be filled in. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./…-][\w@%+=:,./…-]*$/.test(text) ? text : quotedWord(text)
}

/** The text as one word in quotes. */
export function quotedWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

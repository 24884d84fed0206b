// Colours on terminals, unless NO_COLOR is set.
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

/** Checks NO_COLOR (https://no-color.org) first, because in Node FORCE_COLOR overrides it. */
export function takesColor(stream: WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && stream.hasColors()
}

/** The text in a colour, or unchanged. */
export function colored(
  color: 'green' | 'red' | 'dim' | 'bold' | 'cyan',
  text: string,
  takes: boolean,
): string {
  return takes ? styleText(color, text, { validateStream: false }) : text
}

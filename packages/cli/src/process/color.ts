// Colours, where they are seen: on a terminal, and never with NO_COLOR.
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

/** NO_COLOR (https://no-color.org) is looked at here, since Node lets FORCE_COLOR win over it. */
export function takesColor(stream: WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && stream.hasColors()
}

/** The text in a colour, or as it is. */
export function colored(
  color: 'green' | 'red' | 'dim' | 'bold' | 'cyan',
  text: string,
  takes: boolean,
): string {
  return takes ? styleText(color, text, { validateStream: false }) : text
}

import { WriteStream } from 'node:tty'
import { describe, expect, it, vi } from 'vitest'
import { colored, takesColor } from '../../src/process/color.ts'

/** Pretends to be a terminal with 16 colours. */
function terminal(isTTY: boolean): WriteStream {
  return Object.assign(Object.create(WriteStream.prototype), { isTTY })
}

describe('colours', () => {
  it.each([
    ['are used on a terminal', true, {}, true],
    ['are not used in a pipe or file', false, {}, false],
    ['are not used with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['are not used with NO_COLOR, whatever else is set', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['are not used on a terminal without colours', true, { TERM: 'dumb' }, false],
  ])('%s', (_, isTTY, env, seen) => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI']) vi.stubEnv(name, undefined)
    vi.stubEnv('TERM', 'xterm-256color')
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    expect(takesColor(terminal(isTTY))).toBe(seen)
  })

  it('leave the text unchanged if they are not used', () => {
    expect(colored('red', 'refused', false)).toBe('refused')
    expect(colored('red', 'refused', true)).toBe('\u001b[31mrefused\u001b[39m')
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { endAs, runChild } from '../../src/process/child.ts'

vi.mock('cross-spawn', async (importOriginal) => {
  const { default: spawn } = await importOriginal<{ default: typeof import('cross-spawn') }>()
  return {
    default: (...args: Parameters<typeof spawn>) => {
      heardAtStart = process.listenerCount('SIGTERM')
      return spawn(...args)
    },
  }
})

/** How many listeners a signal had when a command was started. */
let heardAtStart = 0

describe('a command', () => {
  it('is not orphaned by a signal during its start', async () => {
    const before = process.listenerCount('SIGTERM')
    await runChild('/bin/sh', ['-c', 'exit 0'], {})
    expect(heardAtStart).toBe(before + 1)
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })

  it('that is not found ends as in a shell', async () => {
    await expect(runChild('no-such-command', [], {})).rejects.toMatchObject({
      lines: ['no-such-command: command not found; install it, or write its path'],
      status: 127,
    })
  })

  it('that does not exist ends as in a shell', async () => {
    const file = join(newFolder(), 'notes.txt')
    writeFileSync(file, 'not a program', { mode: 0o644 })
    await expect(runChild(file, [], {})).rejects.toMatchObject({
      lines: [`${file} can't be run: spawn ${file} EACCES`],
      status: 126,
    })
  })

  it.each([
    ['exit 3', { code: 3, signal: null }],
    ['kill -TERM $$', { code: null, signal: 'SIGTERM' }],
  ])('ends with %s', async (script, end) => {
    expect(await runChild('/bin/sh', ['-c', script], {})).toEqual(end)
  })
})

describe('the end of a command', () => {
  it("is this process's end: the status or the signal", () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    expect(endAs({ code: 3, signal: null })).toBe(3)
    expect(kill).not.toHaveBeenCalled()
    expect(endAs({ code: null, signal: 'SIGPIPE' })).toBe(141)
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGPIPE')
  })
})

// Signals and terminals: the command gets each signal exactly once.
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { start } from '../support/child.ts'
import { usePackedCli } from '../support/cli.ts'

const cli = usePackedCli()
const COMMAND =
  'rds-iam exec postgres://jane_doe@db.c9akciq32rgh.eu-central-1.rds.amazonaws.com/app -- node counts.cjs'

/** Prints its parent and each signal that it gets, and at the end how often it was interrupted. */
const COUNTS = `
  let interrupted = 0
  process.on('SIGINT', () => console.log('interrupted', ++interrupted))
  process.on('SIGTERM', () => { console.log('ended', interrupted); process.exit() })
  setInterval(() => {}, 60_000)
  console.log('child of', process.ppid)`
beforeAll(() => writeFileSync(join(cli().home, 'counts.cjs'), COUNTS))

const started: ChildProcessWithoutNullStreams[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

interface Talk {
  /** Reads up to the line that matches. */
  hear(line: RegExp): Promise<RegExpExecArray>
  /** Types the text. */
  type(keys: string): void
}

function talkTo(child: ChildProcessWithoutNullStreams): Talk {
  started.push(child)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    async hear(line) {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`it ended without ${line}`)
        const found = line.exec(value)
        if (found) return found
      }
    },
    type: (keys) => void child.stdin.write(keys),
  }
}

const CTRL_C = '\x03'

/** Runs a shell in a terminal and types what arrives on stdin. https://man7.org/linux/man-pages/man1/script.1.html */
const SCRIPT = 'script'

/** A shell in its own terminal. */
function inTerminal(script: string): Talk {
  const env = { PATH: `${cli().bin}:${process.env.PATH}`, HOME: cli().home, TERM: 'dumb' }
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }
  return talkTo(start(SCRIPT, ['-qfec', script, '/dev/null'], { cwd: cli().home, env: { ...env, ...keys } }))
}

describe('Ctrl-C on a terminal', () => {
  it.each([
    ['', COMMAND],
    [', when stdin is something else', `${COMMAND} < /dev/null`],
  ])('reaches the command once%s', async (_, script) => {
    const { hear, type } = inTerminal(script)
    const [, parent] = await hear(/child of (\d+)/)
    type(CTRL_C)
    await hear(/interrupted 1/)
    process.kill(Number(parent), 'SIGTERM')
    expect((await hear(/ended (\d+)/))[1]).toBe('1')
  })
})

describe('SIGINT for rds-iam alone', () => {
  it('is forwarded without a terminal', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }
    const [, ...args] = COMMAND.split(' ')
    const child = cli().start(args, { env, cwd: cli().home, detached: true })
    const { hear } = talkTo(child)
    await hear(/child of/)
    child.kill('SIGINT')
    await hear(/interrupted 1/)
    child.kill('SIGTERM')
    expect((await hear(/ended (\d+)/))[1]).toBe('1')
  })

  it('is forwarded in the background of a terminal', async () => {
    const { hear } = inTerminal(`set -m; ${COMMAND} & wait`)
    const [, parent] = await hear(/child of (\d+)/)
    process.kill(Number(parent), 'SIGINT')
    await hear(/interrupted 1/)
    process.kill(Number(parent), 'SIGTERM')
    expect((await hear(/ended (\d+)/))[1]).toBe('1')
  })
})

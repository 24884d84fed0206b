import { closeSync, openSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createTokenSource } from '@rds-iam/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UsageError } from '../src/failure.ts'
import { token } from '../src/token.ts'

const key = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const target = {
  url: 'postgres://jane_doe@db.c9akciq32rgh.eu-central-1.rds.amazonaws.com/app',
  credentials: key,
}

let printed = ''
const files: number[] = []
beforeEach(() => {
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
})
afterEach(() => {
  for (const fd of files.splice(0)) closeSync(fd)
})

/** What stdin is, as far as it is looked at. */
function stdinIs(path: string, more: { isTTY?: boolean; text?: string }): void {
  const fd = openSync(path, 'r')
  files.push(fd)
  const stdin = Object.assign(Readable.from([more.text ?? '']), { fd, isTTY: more.isTTY })
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as typeof process.stdin) // no more of it is used
}

describe('rds-iam token', () => {
  it('signs for a region without bundled roots too, as it dials nobody', async () => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const url = target.url.replace('eu-central-1', 'us-gov-west-1')
    expect(await token({ ...target, url }, {})).toBe(0)
    expect(printed).toContain('us-gov-west-1%2Frds-db%2Faws4_request')
  })

  it('is no JSON, which only explains', async () => {
    await expect(token(target, { json: true })).rejects.toThrow(
      new UsageError('--json goes with --decode; write both, or neither'),
    )
    expect(printed).toBe('')
  })
})

describe('rds-iam token --decode', () => {
  it.each([
    ['on a terminal', '/dev/null', { isTTY: true }],
    ['where stdin is nothing', '/dev/null', {}],
    ['where an empty file is piped', import.meta.filename, { text: '\n' }],
  ])('explains a fresh token %s', async (_, path, more) => {
    stdinIs(path, more)
    expect(await token(target, { decode: true })).toBe(0)
    expect(printed).toMatch(/^endpoint .*\nuser {10}jane_doe\n/)
  })

  it('explains the token that is piped, as JSON if asked', async () => {
    const piped = await createTokenSource({ ...target, user: 'john_doe' }).get()
    stdinIs(import.meta.filename, { text: `${piped}\n` })
    expect(await token(target, { decode: true, json: true })).toBe(0)
    expect(JSON.parse(printed)).toMatchObject({ user: 'john_doe', keyId: 'AKIA…MPLE' })
  })
})

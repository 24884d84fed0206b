import { Readable } from 'node:stream'
import { createTokenSource } from '@rds-iam/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { STDIN, token } from '../../src/commands/token.ts'
import { UsageError } from '../../src/failure.ts'

const key = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const target = {
  url: 'postgres://jane_doe@db.c9akciq32rgh.eu-central-1.rds.amazonaws.com/app',
  credentials: key,
}

let printed = ''
beforeEach(() => {
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
})

function stdinIs(stdin: Readable): void {
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(stdin as typeof process.stdin) // the code only reads it
}

describe('rds-iam token', () => {
  it('signs for a region without bundled roots, because it does not connect', async () => {
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const url = target.url.replace('eu-central-1', 'us-gov-west-1')
    expect(await token({ ...target, url }, {})).toBe(0)
    expect(printed).toContain('us-gov-west-1%2Frds-db%2Faws4_request')
  })

  it('refuses --json without --decode', async () => {
    await expect(token(target, { json: true })).rejects.toThrow(
      new UsageError('--json needs --decode; write both, or neither'),
    )
    await expect(token(STDIN, {})).rejects.toThrow(
      new UsageError('- needs --decode; write both, or name the database'),
    )
    expect(printed).toBe('')
  })
})

describe('rds-iam token --decode', () => {
  it('explains a new token without waiting for an inherited stdin', async () => {
    stdinIs(new Readable({ read: () => {} }))
    expect(await token(target, { decode: true })).toBe(0)
    expect(printed).toMatch(/^endpoint .*\nuser {10}jane_doe\n/)
  })

  it('asks for a database or - without waiting for stdin', async () => {
    stdinIs(new Readable({ read: () => {} }))
    await expect(token({}, { decode: true })).rejects.toThrow(
      new UsageError(
        'no database is named; name one to explain a new token, or write - to explain the token on stdin',
      ),
    )
  })

  it('explains the token on stdin on request, also as JSON', async () => {
    const piped = await createTokenSource({ ...target, user: 'john_doe' }).get()
    stdinIs(Readable.from([`${piped}\n`]))
    expect(await token(STDIN, { decode: true, json: true })).toBe(0)
    expect(JSON.parse(printed)).toMatchObject({ user: 'john_doe', keyId: 'AKIA…MPLE' })
  })

  it('reports an empty stdin', async () => {
    stdinIs(Readable.from([]))
    await expect(token(STDIN, { decode: true })).rejects.toThrow(/^stdin does not contain an RDS token/)
  })
})

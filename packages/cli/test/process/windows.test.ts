// What Windows is told otherwise, as far as it can be seen anywhere.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exported } from '../../src/commands/local/environment-text.ts'
import { inForeground } from '../../src/process/terminal.ts'

const own = Object.getOwnPropertyDescriptor(process, 'platform') ?? {}
const platformIs = (value: NodeJS.Platform): unknown =>
  Object.defineProperty(process, 'platform', { ...own, value })
afterEach(() => Object.defineProperty(process, 'platform', own))

describe('on Windows', () => {
  beforeEach(() => {
    platformIs('win32')
  })

  it('the environment of a local RDS is for PowerShell, in single quotes', () => {
    expect(exported({ DATABASE_URL: 'postgres://h/a?b=1&c', PGPASSWORD: "it's $x", AWS_PROFILE: '' })).toBe(
      "$env:DATABASE_URL = 'postgres://h/a?b=1&c'\n$env:PGPASSWORD = 'it''s $x'\nRemove-Item -ErrorAction Ignore Env:AWS_PROFILE",
    )
  })

  it('Ctrl-C comes to every program of a console by itself', () => {
    expect(inForeground()).toBe(true)
  })
})

describe('elsewhere', () => {
  it('the environment of a local RDS is for a POSIX shell, in single quotes', () => {
    platformIs('linux')
    expect(exported({ PGPASSWORD: "it's $x", AWS_PROFILE: '' })).toBe(
      `${String.raw`export PGPASSWORD='it'\''s $x'`}\nunset AWS_PROFILE`,
    )
  })
})

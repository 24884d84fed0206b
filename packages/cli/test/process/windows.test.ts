// What differs on Windows, as far as other systems can test it.
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

  it('prints the environment of a local RDS for PowerShell, in single quotes', () => {
    expect(exported({ DATABASE_URL: 'postgres://h/a?b=1&c', PGPASSWORD: "it's $x", AWS_PROFILE: '' })).toBe(
      "$env:DATABASE_URL = 'postgres://h/a?b=1&c'\n$env:PGPASSWORD = 'it''s $x'\nRemove-Item -ErrorAction Ignore Env:AWS_PROFILE",
    )
  })

  it('the console sends Ctrl-C to every program', () => {
    expect(inForeground()).toBe(true)
  })
})

describe('on other systems', () => {
  it('prints the environment of a local RDS for a POSIX shell, in single quotes', () => {
    platformIs('linux')
    expect(exported({ PGPASSWORD: "it's $x", AWS_PROFILE: '' })).toBe(
      `${String.raw`export PGPASSWORD='it'\''s $x'`}\nunset AWS_PROFILE`,
    )
  })
})

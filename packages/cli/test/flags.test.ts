import { renderProblem } from '@rds-iam/core'
import { describe, expect, it } from 'vitest'
import { asFlag } from '../src/flags.ts'

describe('an option, on the command line', () => {
  it.each([
    [{ option: 'port' }, '--port'],
    [{ option: 'users' }, '--user'],
    [{ option: 'url' }, 'URL'],
    [{ option: 'timeoutMs' }, 'timeoutMs'],
    [{ option: 'engine', value: 'postgres' }, '--engine postgres'],
    [{ option: 'user', value: 'a b' }, "--user 'a b'"],
    [{ option: 'port', value: 5433 }, '--port 5433'],
    [{ option: 'cname', value: true }, '--cname'],
    [{ option: 'ssl.ca', file: 'ca.pem' }, '--ca ca.pem'],
  ])('%j is written %s', (reference, flag) => expect(asFlag(reference)).toBe(flag))
})

describe('a problem, on the command line', () => {
  it.each([
    [undefined, '--port'],
    [{ from: 'option' } as const, '--port'],
    [{ from: 'environment', name: 'PGPORT' } as const, 'port (from PGPORT)'],
    [{ from: 'url' } as const, 'port (from the URL)'],
    [{ from: 'url', name: 'DATABASE_URL' } as const, 'port (from DATABASE_URL)'],
    [{ from: 'profile', name: 'prod' } as const, 'port (from the profile prod)'],
  ])('from %j names %s', (from, option) => {
    const problem = { option: 'port', ...(from && { from }), seen: '0 is not a port', instead: 'write one' }
    expect(renderProblem(problem, asFlag)).toEqual({ option, seen: '0 is not a port', instead: 'write one' })
  })

  it('names other options by their flags', () => {
    const problem = {
      option: 'via',
      seen: ['conflicts with ', { option: 'cname' }],
      instead: ['leave out ', { option: 'cname' }, ', and write ', { option: 'host', value: 'db' }],
    }
    expect(renderProblem(problem, asFlag)).toEqual({
      option: '--via',
      seen: 'conflicts with --cname',
      instead: 'leave out --cname, and write --host db',
    })
  })
})

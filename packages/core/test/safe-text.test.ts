import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { RdsIamError } from '../src/errors.ts'
import { reasonOf } from '../src/foreign-error.ts'
import { keepSecret, safeText } from '../src/safe-text.ts'

const SESSION = 'IQoJb3JpZ2luX2VjEXAMPLE/session+token=='
const SIGNATURE = 'f'.repeat(64)

describe('text from outside', () => {
  it.each([
    [
      "STS's canonical string",
      `The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:${SESSION}'`,
      'The request signature we calculated does not match.',
    ],
    ['a token', `bad password host:5432/?Action=connect&X-Amz-Signature=${SIGNATURE}`, undefined],
    ['a session token in a query', `X-Amz-Security-Token=${encodeURIComponent(SESSION)}&x=1`, undefined],
    [
      'keys as JSON',
      `{"SecretAccessKey": "wJalrXUtnFEMI", "Token": "x", "SessionToken":"${SESSION}"}`,
      undefined,
    ],
    ['a web identity', `token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl was refused`, undefined],
    ['an Authorization header', `authorization: Bearer ${SESSION}`, 'authorization: …'],
    [
      'the password of a URL',
      `can't reach postgres://jane:hunter2@db:5432/app`,
      "can't reach postgres://jane:…@db:5432/app",
    ],
    ['control characters', 'red \u001b[31mred\u0007 \u202eder', 'red \ufffd[31mred\ufffd \ufffdder'],
    [
      "MySQL's messages, unchanged",
      "denied for 'jane' (using password: YES)",
      "denied for 'jane' (using password: YES)",
    ],
    ['many lines', 'first\r\n  second\n', 'first second'],
  ])('is masked: %s', (_, text, expected) => {
    const safe = safeText(text)
    if (expected !== undefined) expect(safe).toBe(expected)
    expect(safe).not.toMatch(/IQoJ|hunter2|wJalr|f{64}|c2lnbmF0dXJl/)
  })

  it('is masked where it contains a signing secret, however that is written', () => {
    keepSecret('wJalr/XUtn+FEMI')
    expect(safeText('a wJalr/XUtn+FEMI b wJalr%2FXUtn%2BFEMI c')).toBe('a … b … c')
  })

  it('is masked as a whole where one secret is the beginning of another', () => {
    keepSecret('wJalrSHORT')
    keepSecret('wJalrSHORTandLONG')
    expect(safeText('a wJalrSHORTandLONG b')).toBe('a … b')
  })

  it('keeps words that are too short for a secret, and secrets of long ago', () => {
    keepSecret('app', 'wJalrOLDEST')
    expect(safeText('app wJalrOLDEST')).toBe('app …')
    keepSecret(...Array.from({ length: 100 }, (_, number) => `wJalrNEWER${number}`))
    expect(safeText('app wJalrOLDEST wJalrNEWER0')).toBe('app wJalrOLDEST …')
  })

  it('is cut to a length, but never inside a character', () => {
    expect(safeText(`${'x'.repeat(998)}\u{1f600}\u{1f600}`)).toBe(`${'x'.repeat(998)}\ufffd…`)
    expect(safeText('y'.repeat(50), 10)).toBe('yyyyyyyyy…')
  })

  it.each(['.', ' ', '=', '"', 'secret=', 'eyJ', '://', '\u001b', 'a@'])(
    'is processed in linear time, even 10 MB of %j',
    (part) => expect(safeText(part.repeat(10_000_000 / part.length)).length).toBeLessThanOrEqual(1000),
    5_000,
  )
})

describe('a reason', () => {
  it.each<[string, unknown, string]>([
    ['text', 'no', '"no"'],
    ['an error', new Error('no\nway'), 'no way'],
    ['several errors in one', new AggregateError([new Error('one'), new Error('two')]), 'one'],
    ['an error with only a code', Object.assign(new Error(''), { code: 'ECONNRESET' }), 'ECONNRESET'],
    ['an object with keys in it', { secretAccessKey: 'x', n: 1 }, 'an object with secretAccessKey, n'],
    ['nothing', undefined, 'undefined'],
    ['a function', () => {}, 'a function'],
    [
      'an error with a message getter that throws',
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('y')
        },
      }),
      'Error',
    ],
  ])('is found in %s', (_, thrown, expected) => expect(reasonOf(thrown)).toBe(expected))
})

describe('RdsIamError', () => {
  it('shows no secret in its message, its cause, or when it is printed', () => {
    keepSecret(SESSION)
    const request = { headers: { 'x-amz-security-token': SESSION } }
    const inner = Object.assign(new Error(`token ${SESSION}`), { request, code: 'ETIMEDOUT' })
    const outer = Object.assign(new Error(`failed for ${SESSION}`, { cause: inner }), {
      $metadata: { httpStatusCode: 403, extendedRequestId: SESSION },
      $response: { body: SESSION },
    })
    const error = new RdsIamError('ERR_RDS_IAM_CREDENTIALS', `No credentials: ${outer.message}`, {
      cause: outer,
    })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SESSION)
    expect(error.message).toBe('No credentials: failed for …')
    expect(error.cause).toMatchObject({
      message: 'failed for …',
      $metadata: { httpStatusCode: 403 },
      cause: { message: 'token …', code: 'ETIMEDOUT' },
    })
  })

  it('handles circular causes', () => {
    const cause = new Error('round')
    cause.cause = cause
    expect(new RdsIamError('ERR_RDS_IAM_CREDENTIALS', 'x', { cause }).cause).toMatchObject({
      message: 'round',
    })
  })
})

import { RdsIamError } from '@rds-iam/core'
import { describe, expect, it } from 'vitest'
import { faultOf, NotDone, need, StepFault, step } from '../../src/doctor/step.ts'

const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), {
  code: 'ECONNREFUSED',
  errno: -111,
})

describe('a fault', () => {
  it.each<[string, unknown, string, string]>([
    ['from the system', refused, 'ECONNREFUSED', 'connect ECONNREFUSED ::1:5432'],
    [
      'from several addresses of a name',
      new AggregateError([refused, new Error('b')]),
      'ECONNREFUSED',
      refused.message,
    ],
    [
      'without any address',
      new AggregateError([], 'All promises were rejected'),
      'error',
      'All promises were rejected',
    ],
    [
      'of MySQL',
      Object.assign(new Error('denied'), { code: 'ER_ACCESS_DENIED_ERROR', errno: 1045 }),
      '1045',
      'denied',
    ],
    ['with several lines', new Error('first\nsecond\nthird'), 'error', 'first'],
    ['from rds-iam', new RdsIamError('ERR_RDS_IAM_SIGNING', 'a\nb'), 'ERR_RDS_IAM_SIGNING', 'a\nb'],
    ['from a step', new StepFault('no-tls', 'no TLS'), 'no-tls', 'no TLS'],
    ['that is not an error', 'gone', 'error', 'gone'],
    ['that is undefined', undefined, 'error', 'undefined'],
  ])('%s has a code and one message', (_, error, code, message) => {
    expect(faultOf(error)).toEqual({ code, message })
  })

  it('contains the source of the credentials', () => {
    expect(new StepFault('AssumeRole:AccessDenied', 'no', undefined, 'shared-config').fault).toEqual({
      code: 'AssumeRole:AccessDenied',
      message: 'no',
      source: 'shared-config',
    })
  })
})

describe('a step', () => {
  it('succeeds with its findings', async () => {
    const outcome = step(1000, () => 7)
    expect(await outcome).toEqual({ status: 'ok', ms: expect.any(Number), found: 7 })
    expect(await need(outcome, 'no number')).toBe(7)
  })

  it('fails with what it found before', async () => {
    const outcome = step(1000, () => {
      throw new StepFault('clock', 'wrong', { aheadMs: 7 })
    })
    const fault = { code: 'clock', message: 'wrong' }
    expect(await outcome).toEqual({ status: 'failed', ms: expect.any(Number), fault, found: { aheadMs: 7 } })
    await expect(need(outcome, 'no clock')).rejects.toThrow(new NotDone('no clock'))
  })

  it('is skipped if another step has said why', async () => {
    const outcome = await step(1000, () =>
      need(Promise.resolve({ status: 'skipped', ms: 0, why: 'a' }), 'no address'),
    )
    expect(outcome).toEqual({ status: 'skipped', ms: expect.any(Number), why: 'no address' })
  })

  it('is aborted when its time is over', async () => {
    let off: unknown
    const outcome = await step(
      20,
      (signal) => new Promise(() => signal.addEventListener('abort', () => (off = true))),
    )
    const fault = { code: 'timeout', message: 'no answer within 0.02 s' }
    expect(outcome).toEqual({ status: 'failed', ms: expect.any(Number), fault })
    expect(off).toBe(true)
  })
})

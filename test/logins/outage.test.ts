import { expect, it } from 'vitest'
import { outputOf, typescript } from '../support/child.ts'

it('an hour without a credential service, with a login each second, leaks no sockets and no memory', async () => {
  const output = await outputOf(process.execPath, typescript('test/support/programs/outage.ts'))
  const { failures, after10Minutes, afterAnHour } = JSON.parse(output)
  expect(failures).toEqual({ ERR_RDS_IAM_CREDENTIALS_TIMEOUT: 3_600 })
  expect(afterAnHour.sockets).toBe(0)
  // If each failed login kept a kilobyte, that would be three megabytes.
  expect(afterAnHour.megabytes - after10Minutes.megabytes).toBeLessThan(2)
}, 300_000)

import { expect, it, vi } from 'vitest'
import { local } from '../../src/commands/local/index.ts'

it('a local RDS that is interrupted during the start prints no environment', async () => {
  const print = vi.spyOn(process.stdout, 'write')
  const running = local({ engine: 'mysql' })
  process.emit('SIGINT', 'SIGINT')
  expect(await running).toBe(0)
  expect(print).not.toHaveBeenCalled()
})

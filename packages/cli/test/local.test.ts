import { describe, expect, it, vi } from 'vitest'
import { local } from '../src/local.ts'

describe('a local RDS that is interrupted while it starts', () => {
  it('stops, and prints no environment', async () => {
    const print = vi.spyOn(process.stdout, 'write')
    const running = local({ engine: 'mysql' })
    process.emit('SIGINT', 'SIGINT')
    expect(await running).toBe(0)
    expect(print).not.toHaveBeenCalled()
  })

  it('stops, runs no command, and ends by the same signal', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true)
    const running = local({ engine: 'mysql' }, ['/bin/sh', '-c', 'exit 3'])
    process.emit('SIGTERM', 'SIGTERM')
    expect(await running).toBe(143)
    expect(kill).toHaveBeenLastCalledWith(process.pid, 'SIGTERM')
  })
})

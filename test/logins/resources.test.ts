import { describe, expect, it } from 'vitest'
import { outputOf, typescript } from '../support/child.ts'

describe('10,000 sources of one identity', () => {
  it('use less than 50 MB, keep no process alive, and can be garbage-collected', async () => {
    const program = typescript('test/support/programs/many-sources.ts')
    const { taken, stayed } = JSON.parse(await outputOf(process.execPath, program))
    expect(taken).toBeLessThan(50)
    expect(stayed).toBe(0)
  })
})

import { describe, expect, it } from 'vitest'
import { runProgram } from './program.ts'

describe('10,000 sources of one identity', () => {
  it('take less than 50 MB, keep no process alive, and are collected when nobody holds them', async () => {
    const { code, output, errors } = await runProgram('test/programs/many-sources.ts', [], {})
    expect(errors).toBe('')
    const { taken, stayed } = JSON.parse(output)
    expect(taken).toBeLessThan(50)
    expect(stayed).toBe(0)
    expect(code).toBe(0)
  }, 120_000)
})

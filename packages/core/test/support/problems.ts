// What an options error says: the problems of options that plain JavaScript may pass.
import { expect } from 'vitest'
import { RdsIamError, renderProblem } from '../../src/index.ts'

/** Each option, and what its line says of it; nothing if all is well. */
export function problemsOf(build: () => unknown): Record<string, string> {
  try {
    build()
  } catch (error) {
    if (!(error instanceof RdsIamError) || error.code !== 'ERR_RDS_IAM_OPTIONS') throw error
    const lines = error.problems
      .map((problem) => renderProblem(problem))
      .map(({ option, seen, instead }) => [option, `${seen}; ${instead}`] as const)
    for (const [option, line] of lines) expect(error.message).toContain(`\n  ${option}: ${line}`)
    return Object.fromEntries(lines)
  }
  return {}
}

// Reads the problems from an options error. The options may be wrong in ways that only untyped JavaScript allows.
import { expect } from 'vitest'
import { RdsIamError, renderProblem } from '../../src/index.ts'

/** Each option with its line in the message; empty if there is no error. */
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

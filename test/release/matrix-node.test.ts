// Runs the tests of every stack on the other versions of Node.js.
import { expect, it } from 'vitest'
import { nodeEnv, nodes } from '../../scripts/nodes.mjs'
import { run } from '../support/child.ts'

/** Tests across packages that depend on Node's sockets and TLS. */
const FILES = ['adapters', 'rejections', 'routes', 'hostile', 'oldest-drivers', 'replication', 'direct-tls']

/** Runs the test files on another Node.js, and counts the tests that passed. */
async function runOn(program: string): Promise<{ passed: unknown; total: unknown; report: string }> {
  const files = FILES.map((name) => `test/logins/${name}.test.ts`)
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...files, '--reporter=default', '--reporter=json']
  const { code, output, errors } = await run(program, vitest, { env: nodeEnv(program) })
  const report = `${output}\n${errors}`
  const json = /^\{"numTotalTestSuites".*$/m.exec(output)?.[0]
  const { numPassedTests, numTotalTests } = JSON.parse(code === 0 && json ? json : '{}')
  return { passed: numPassedTests, total: numTotalTests, report }
}

it('finds them all on Linux on x64, and none elsewhere, where npm has none', () => {
  const { platform, arch, version } = process
  const expected = platform === 'linux' && arch === 'x64' ? ['22', '24', '26'] : []
  if (expected.length === 0)
    console.log(`Not run on another Node than ${version}: npm has none for ${platform} ${arch}.`)
  expect(Object.keys(nodes)).toEqual(expected)
})

it.each(Object.entries(nodes))(
  'Node %s runs every stack, and no hostile server gets a token',
  async (_, program) => {
    const { passed, total, report } = await runOn(program)
    expect(passed, report).toBe(total)
    expect(total, report).toBeGreaterThan(400)
  },
  240_000,
)

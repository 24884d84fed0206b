// The other versions of Node.js: what holds of every stack holds on each of them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { nodeEnv, nodes } from '../scripts/nodes.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Runs a test file on another Node, and tells how many of its tests passed. */
async function runOn(
  program: string,
  file: string,
): Promise<{ passed: unknown; total: unknown; report: string }> {
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_|VITEST|NODE_OPTIONS)/.test(name),
  )
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', file, '--reporter=default', '--reporter=json']
  const env = { ...Object.fromEntries(clean), ...nodeEnv(program) }
  const child = spawn(program, vitest, { cwd: root, env })
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  const report = `${output}\n${errors}`
  const json = /^\{"numTotalTestSuites".*$/m.exec(output)?.[0]
  const { numPassedTests, numTotalTests } = JSON.parse(code === 0 && json ? json : '{}')
  return { passed: numPassedTests, total: numTotalTests, report }
}

it('has them all on Linux on x64; elsewhere npm has none, and nothing more is run', () => {
  const { platform, arch, version } = process
  const expected = platform === 'linux' && arch === 'x64' ? ['22', '24', '26'] : []
  if (expected.length === 0)
    console.log(`Not run on another Node than ${version}: npm has none for ${platform} ${arch}.`)
  expect(Object.keys(nodes)).toEqual(expected)
})

it.each(Object.entries(nodes))(
  'Node %s runs every stack',
  async (_, program) => {
    const { passed, total, report } = await runOn(program, 'test/adapters.test.ts')
    expect(passed, report).toBe(total)
    expect(total, report).toBeGreaterThan(40)
  },
  120_000,
)

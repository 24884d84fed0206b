// The packages as users install them: with npm, outside the workspace, loaded in every common way.
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useServers } from '../../support/rds.ts'
import { examples, moveIn, type Strangers } from './strangers.ts'

const local = useServers({
  region: 'eu-central-1',
  endpoint: { host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com' },
})
const engines = ['postgres', 'mysql'] as const
type Engine = (typeof engines)[number]

/** The output of an example. */
const TIME: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

const root = fileURLToPath(new URL('../../..', import.meta.url))

let strangers: Strangers
beforeAll(async () => {
  strangers = await moveIn()
}, 600_000) // npm installs six projects
afterAll(() => strangers?.remove())

/** The whole target as environment variables: the endpoint, the address to connect to, trust, and credentials. */
function envOf(engine: Engine): Record<string, string> {
  const { env, port } = local[engine]()
  return { ...env, RDS_IAM_VIA: `127.0.0.1:${port}`, NODE_NO_WARNINGS: '1' }
}

const answers = {
  postgres: ['pg: now', 'knex: now', 'typeorm: now', 'prisma: now'],
  mysql: [
    'mysql2: now',
    'mariadb: now',
    'knex: now',
    'typeorm: now',
    'typeorm, type mariadb: now',
    'prisma: now',
  ],
}

/** Compiles a project, which fails if invalid code compiles, and runs the result on both engines. */
async function compileAndRun(project: string, compiler: string, program: string): Promise<string[]> {
  expect(await strangers.node(project, compiler, ['-p', '.'])).toEqual({ code: 0, output: '' })
  const ended = await Promise.all(
    engines.map((engine) => strangers.node(project, `out/${program}`, [], envOf(engine))),
  )
  expect(ended.map(({ code, output }) => (code === 0 ? '' : output))).toEqual(['', ''])
  return ended.map(({ output }) => output)
}

describe.each([
  { project: 'esm-typescript', kind: 'module nodenext', compilers: ['tsc 5', 'tsc'] },
  { project: 'cjs-typescript', kind: 'CommonJS, module node16', compilers: ['tsc'] },
  { project: 'node10-typescript', kind: 'module commonjs, moduleResolution node', compilers: ['tsc 5'] },
])('TypeScript, $kind', ({ project, compilers }) => {
  it.each(compilers)(
    'compiles with %s and strict types, and logs in',
    async (compiler) => {
      expect(await compileAndRun(project, compiler, 'app.js')).toEqual([
        answers.postgres.join('\n'),
        answers.mysql.join('\n'),
      ])
    },
    60_000,
  )
})

describe('plain CommonJS', () => {
  it.each(engines)(
    'logs in to %s, and shares everything with ESM imports',
    async (engine) => {
      expect(await strangers.node('plain-cjs', 'app.js', [], envOf(engine))).toEqual({
        code: 0,
        output: 'knex: now\ntypeorm: now\nrequire and import: the same',
      })
    },
    30_000,
  )
})

describe('the program', () => {
  it.each(engines)('logs in to %s', async (engine) => {
    const env = { ...envOf(engine), AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } // nothing listens there
    const { code, output, errors } = await strangers.npx('rds-iam', ['doctor'], env)
    expect([code, errors]).toEqual([0, ''])
    expect(output).toMatch(/\nThe login succeeded\.\n$/)
  })
})

describe('an uncaught error', () => {
  const script = "require('@rds-iam/knex').iamConnection({ port: 0 })"

  it('starts with the line that threw it, and no other', async () => {
    const { code, output } = await strangers.node('plain-cjs', '-e', [script])
    expect(code).toBe(1)
    const [place, line = '', marker] = output.split('\n')
    expect(place).toMatch(/@rds-iam.core.dist.\w+\.cjs:\d+$/)
    expect(line.trim()).toMatch(/^.{1,200}$/)
    expect(marker).toMatch(/^\s*\^$/)
  })

  it('shows the line in the TypeScript source with --enable-source-maps', async () => {
    const { output } = await strangers.node('plain-cjs', '--enable-source-maps', ['-e', script])
    const [place, line = ''] = output.split('\n')
    const [, file = '', number] = /@rds-iam.(core.src\S+\.ts):(\d+)$/.exec(place ?? '') ?? []
    const source = await readFile(join(root, 'packages', file), 'utf8')
    expect(source.split('\n')[Number(number) - 1]).toBe(line)
    expect(output).toMatch(/iamConnection .*@rds-iam.knex.src.index\.ts:\d+:\d+\)/)
  })
})

describe('Jest, in CommonJS', () => {
  it.each(engines)(
    'logs in to %s, and reports what is wrong',
    async (engine) => {
      const { code, output } = await strangers.node('jest', 'jest', ['--ci', '--silent'], envOf(engine))
      expect(output).toMatch(
        engine === 'postgres' ? /^Tests: +16 passed, 16 total$/m : /^Tests: +20 passed, 20 total$/m,
      )
      expect(output).not.toMatch(/did not exit|open handles/)
      expect(code).toBe(0)
    },
    60_000,
  )
})

describe('Nest 11, CommonJS', () => {
  it('logs in by TypeOrmModule.forRoot(iamDataSourceOptions(…))', async () => {
    expect(await compileAndRun('nest', 'tsc 5', 'main.js')).toEqual([TIME, TIME])
  }, 60_000)
})

describe.each(examples)('the example %s, copied out', (name) => {
  it('requires only released versions', async () => {
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(strangers.exampleFile(name, 'package.json'), 'utf8'),
    )
    const ranges = Object.values({ ...dependencies, ...devDependencies })
    expect(ranges.filter((range) => !/^\^\d+\.\d+\.\d+$/.test(String(range)))).toEqual([])
  })

  it('prints the time of both engines with npm start', async () => {
    for (const engine of engines) {
      const { code, output, errors } = await strangers.example(name, 'start', {
        ...envOf(engine),
        // Generating needs no engine. Prisma would download one unless this names a program.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      })
      expect({ code, output: output.trim().split('\n').at(-1) }, errors).toEqual({ code: 0, output: TIME })
    }
  }, 120_000)
})

describe.each([
  { script: 'build', file: 'handler.mjs' },
  { script: 'build:cjs', file: 'handler.cjs' },
])("the Lambda example's bundle $file", ({ script, file }) => {
  it('needs no other file to log in', async () => {
    expect(await strangers.example('lambda', script)).toMatchObject({ code: 0, errors: '' })
    await copyFile(strangers.exampleFile('lambda', `dist/${file}`), strangers.elsewhere(file))
    for (const engine of engines) {
      const invoke = `import('./${file}').then(({ handler }) => handler()).then(console.log).then(process.exit)`
      expect(await strangers.node(strangers.elsewhere(''), '-e', [invoke], envOf(engine))).toEqual({
        code: 0,
        output: TIME,
      })
    }
  }, 60_000)
})

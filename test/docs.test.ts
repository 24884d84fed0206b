// The documentation is true: every block of code compiles, runs where it says so, and quotes what really is said.
import { RdsIamError } from '@rds-iam/core'
import { LocalRdsError, type VerdictReason } from '@rds-iam/local'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { onMysql, onPostgres, useBareServers } from './docs/bare.ts'
import { type Engine, isEngine, useGates } from './docs/gates.ts'
import { codes, comparable, messages } from './docs/messages.ts'
import { type Block, blocks, comments, named, page, rowsOf, where } from './docs/pages.ts'
import { layOut, type Project } from './docs/project.ts'
import type { Ended } from './program.ts'

const bare = useBareServers()
const { local, ...gates } = useGates(blocks, bare)

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_|NODE_EXTRA)/.test(name)) vi.stubEnv(name, undefined)
  }
})

describe('code', () => {
  let project: Project
  let compiled: Ended
  beforeAll(async () => {
    project = layOut([...blocks, ...comments.flatMap((comment) => comment.blocks)])
    compiled = await project.compile()
  })
  afterAll(() => project?.remove())

  it('compiles, each block by itself', () => {
    expect(compiled).toEqual({ code: 0, output: '', errors: '' })
  })

  interface Run {
    readonly ended: Ended
    /** Of the verdicts of each gate that it is for. */
    readonly reasons: readonly (readonly VerdictReason[])[]
  }

  /** Engines at once; blocks one at a time on each, so that the verdicts are known to be theirs. */
  const running = new Map<Block, Promise<Run>>()
  beforeAll(() => {
    for (const queue of ['postgres', 'mysql', 'vitest|jest|upstream|shell']) {
      const chosen = blocks.filter(({ marks }) => queue.split('|').includes(marks.get('run') ?? ''))
      let last: Promise<unknown> = Promise.resolve()
      for (const block of chosen) {
        const same = [...running].find(([{ text }]) => text === block.text)
        if (same) running.set(block, same[1])
        if (same) continue
        const next = last.then(() => run(block))
        next.catch(() => {}) // the block's own test tells
        running.set(block, next)
        last = next.catch(() => {})
      }
    }
  })

  async function run(block: Block, more: Record<string, string> = {}): Promise<Run> {
    const engine = block.marks.get('run')
    if (!isEngine(engine)) {
      const { port } = bare().postgres
      return { ended: await project.run(block, { DOCS_NETWORK: `localhost ${port}` }), reasons: [] }
    }
    const { gates: those, env } = gates.for(block, engine)
    const before = those.map(({ verdicts }) => verdicts.length)
    const ended = await project.run(block, { ...env, ...more })
    const since = those.map(({ verdicts }, index) => verdicts.slice(before[index]))
    return { ended, reasons: since.map((verdicts) => verdicts.map(({ reason }) => reason)) }
  }

  it.each(named(blocks.filter(({ marks }) => marks.has('run'))))(
    'runs as it stands: %s',
    async (_where, block) => {
      const { ended, reasons } = (await running.get(block)) ?? {}
      expect(ended, `${ended?.output}\n${ended?.errors}`).toMatchObject({ code: 0 })
      if (isEngine(block.marks.get('run'))) expect(reasons?.length).toBeGreaterThan(0)
      // For Prisma's CLI, the server's certificate is looked at first.
      const looks = block.marks.get('file') === 'prisma.config.ts' ? ['incomplete', 'tls-failed'] : []
      for (const each of reasons ?? []) {
        expect(each).toContain('admitted')
        expect(each.filter((reason) => reason !== 'admitted' && !looks.includes(reason))).toEqual([])
      }
    },
    120_000,
  )

  it('explains a rejected login where the table of drivers says so', async () => {
    await Promise.all(running.values())
    const silent: string[] = []
    const reject = async (engine: Engine): Promise<void> => {
      const chosen = page('docs/drivers.md').blocks.filter(({ marks }) => marks.get('run') === engine)
      for (const block of chosen) {
        const { ended, reasons } = await run(block, { AWS_SECRET_ACCESS_KEY: 'not the one of this key' })
        expect(new Set(reasons.flat())).toEqual(new Set(['wrong-signature']))
        if (!ended.errors.includes('IAM login of jane_doe')) silent.push(where(block))
      }
    }
    await Promise.all([reject('postgres'), reject('mysql')])

    const without = rowsOf(page('docs/drivers.md'), 'Drivers, and what is built on them', /^\| \[/)
      .filter((cells) => cells.at(-1) === 'no')
      .map(([library]) => library)
    expect(without).toEqual(['[Sequelize](#sequelize) on PostgreSQL', '[postgres.js](#postgresjs)'])
    const theirs = page('docs/drivers.md').blocks.filter(
      ({ text, marks }) => marks.get('run') === 'postgres' && /from '(sequelize|postgres)'/.test(text),
    )
    expect(silent).toEqual(theirs.map(where))
  }, 120_000)

  it('verifies whatever NODE_TLS_REJECT_UNAUTHORIZED says, as the page on security tells', async () => {
    await Promise.all(running.values())
    const switchedOff = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_EXTRA_CA_CERTS: '' }
    for (const library of ['pg', 'mysql2/promise', 'mariadb', 'postgres']) {
      const block = page('docs/drivers.md').blocks.find(({ text }) => text.includes(` from '${library}'`))
      if (!block) throw new Error(`${library} is not shown`)
      const { ended, reasons } = await run(block, switchedOff)
      expect(ended).toMatchObject({ code: 1, errors: expect.stringMatching(/certificate/) })
      expect(new Set(reasons.flat())).toEqual(new Set(['tls-failed']))
    }
  }, 120_000)

  it('shows each library on each engine by a block that is run', () => {
    const shown = (path: string, engine: string): string =>
      page(path)
        .blocks.filter(({ marks }) => marks.get('run') === engine)
        .map(({ text }) => text)
        .join()
    for (const engine of ['postgres', 'mysql']) {
      const driver = engine === 'postgres' ? ['pg', 'postgres'] : ['mysql2/promise', 'mysql2', 'mariadb']
      for (const name of [...driver, 'kysely', 'sequelize', '@mikro-orm/', 'drizzle-orm/'])
        expect(shown('docs/drivers.md', engine)).toMatch(`from '${name}`)
      for (const name of ['knex', 'typeorm', 'prisma'])
        expect(shown(`docs/${name}.md`, engine)).toMatch(`@rds-iam/${name}`)
    }
    expect(shown('docs/drivers.md', 'postgres')).toMatch(`from 'objection'`)
  })
})

describe('SQL', () => {
  const statementsOf = (text: string): string[] =>
    text
      .split(';')
      .map((statement) => statement.trim())
      .filter(Boolean)
  const sql = blocks.filter(({ language }) => language === 'sql')
  const isMysql = ({ text }: Block): boolean => text.includes('AWSAuthenticationPlugin')

  it.each(named(sql.filter((block) => !isMysql(block))))('is run by PostgreSQL: %s', (_where, { text }) =>
    onPostgres(bare().postgres, async (client) => {
      await client.query('BEGIN')
      for (const statement of statementsOf(text)) await client.query(statement)
      const { rows } = await client.query(`SELECT pg_has_role('jane_doe', 'rds_iam', 'MEMBER') AS iam`)
      expect(rows).toEqual([{ iam: true }])
    }),
  )

  it.each(named(sql.filter(isMysql)))('is run by MySQL, but for the plugin of RDS: %s', (_where, { text }) =>
    onMysql(bare().mysql, async (connection) => {
      for (const statement of statementsOf(text)) {
        if (statement.includes('AWSAuthenticationPlugin')) {
          // ER_PLUGIN_IS_NOT_LOADED: all else of it was understood.
          await expect(connection.query(statement)).rejects.toMatchObject({ errno: 1524 })
          await connection.query("CREATE USER 'jane_doe'@'%'")
        } else await connection.query(statement)
      }
    }),
  )
})

describe('messages', () => {
  const quoted = blocks.filter(({ marks }) => marks.has('error'))

  it.each(Object.keys(messages))('are quoted as they are: %s', async (name) => {
    const stage = {
      postgres: local.postgres(),
      mysql: local.mysql(),
      bare: bare(),
    }
    const error: unknown = await messages[name]?.(stage).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    const code = error instanceof RdsIamError || error instanceof LocalRdsError ? error.code : undefined
    expect(code && codes[code]).toBe(code && name)
    const shown = quoted.filter(({ marks }) => marks.get('error') === name)
    expect(shown.map(({ text }) => comparable(text))).toEqual(
      shown.map(() => comparable(Object(error).message)),
    )
    expect(shown.length).toBeGreaterThan(0)
  })

  it('are all brought about', () => {
    expect(
      quoted.filter(({ marks }) => !Object.hasOwn(messages, marks.get('error') ?? '')).map(where),
    ).toEqual([])
    const headings = [...page('docs/troubleshooting.md').text.matchAll(/^### (ERR_\w+)$/gm)].map(
      ([, code]) => code,
    )
    expect(headings).toEqual(Object.keys(codes))
    expect(Object.values(codes).filter((name) => !Object.hasOwn(messages, name))).toEqual([])
  })
})

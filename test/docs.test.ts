// The documentation is true: every block of code compiles, runs where it says so, and quotes what really is said.
import { RdsIamError } from '@rds-iam/core'
import type { LocalRds, VerdictReason } from '@rds-iam/local'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startMysql } from '../packages/local/src/servers/mysql.ts'
import { startPostgres } from '../packages/local/src/servers/postgres.ts'
import type { Server } from '../packages/local/src/servers/server.ts'
import { codes, comparable, messages } from './docs/messages.ts'
import { type Block, blocks, HOST, named, page, rowsOf, where } from './docs/pages.ts'
import { layOut, type Project } from './docs/project.ts'
import type { Ended } from './program.ts'
import { useLocalRds } from './rds.ts'

const options = { region: 'eu-central-1', users: ['jane_doe'] }
const local = {
  postgres: useLocalRds({ engine: 'postgres', endpoint: { host: HOST, port: 5432 }, ...options }),
  mysql: useLocalRds({ engine: 'mysql', endpoint: { host: HOST, port: 3306 }, ...options }),
}
const isEngine = (name = ''): name is keyof typeof local => Object.hasOwn(local, name)

/** Servers without a gate, for what is done as their administrator. */
const bare: Partial<Record<keyof typeof local, Server>> = {}
beforeAll(async () => {
  const wanted = { users: ['somebody'], database: 'app', alsoRemove: [] }
  await Promise.all([
    startPostgres(wanted).then((server) => (bare.postgres = server)),
    startMysql(wanted).then((server) => (bare.mysql = server)),
  ])
})
afterAll(async () => {
  await Promise.all(Object.values(bare).map((server) => server.stop()))
})

function bareServer(engine: keyof typeof local): Server {
  const server = bare[engine]
  if (!server) throw new Error(`the bare ${engine} does not run`)
  return server
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS_|PG|MYSQL_|DATABASE_URL|RDS_IAM_|NODE_EXTRA)/.test(name)) vi.stubEnv(name, undefined)
  }
})

describe('code', () => {
  let project: Project
  let compiled: Ended
  beforeAll(async () => {
    project = layOut(blocks)
    compiled = await project.compile()
  })
  afterAll(() => project?.remove())

  it('compiles, each block by itself', () => {
    expect(compiled).toEqual({ code: 0, output: '', errors: '' })
  })

  /** Where a user's machine reaches RDS by a tunnel, ours reaches the gate. */
  function envOf(rds: LocalRds, block: Block): Record<string, string> {
    const scheme = rds.engine
    const env = { ...rds.env, DATABASE_URL: `${scheme}://jane_doe@${HOST}/app` }
    return block.marks.get('dials') === 'host'
      ? { ...env, DOCS_NETWORK: `${HOST} 127.0.0.1 ${rds.port}` }
      : { ...env, RDS_IAM_VIA: `127.0.0.1:${rds.port}` }
  }

  /** Engines at once; blocks one at a time on each, so that the verdicts are known to be theirs. */
  const running = new Map<Block, Promise<{ ended: Ended; reasons: readonly VerdictReason[] }>>()
  beforeAll(() => {
    for (const queue of ['postgres', 'mysql', 'vitest|jest']) {
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

  async function run(
    block: Block,
    more: Record<string, string> = {},
  ): Promise<{ ended: Ended; reasons: readonly VerdictReason[] }> {
    const engine = block.marks.get('run')
    if (!isEngine(engine)) return { ended: await project.run(block, {}), reasons: ['admitted'] }
    const rds = local[engine]()
    const before = rds.verdicts.length
    const ended = await project.run(block, { ...envOf(rds, block), ...more })
    return { ended, reasons: rds.verdicts.slice(before).map(({ reason }) => reason) }
  }

  it.each(named(blocks.filter(({ marks }) => marks.has('run'))))(
    'runs as it stands: %s',
    async (_where, block) => {
      const { ended, reasons } = (await running.get(block)) ?? {}
      expect(ended, ended?.errors).toMatchObject({ code: 0 })
      expect(reasons?.length).toBeGreaterThan(0)
      expect(reasons?.filter((reason) => reason !== 'admitted')).toEqual([])
    },
    120_000,
  )

  it('explains a rejected login where the table of drivers says so', async () => {
    await Promise.all(running.values())
    const silent: string[] = []
    const reject = async (engine: keyof typeof local): Promise<void> => {
      const chosen = page('docs/drivers.md').blocks.filter(({ marks }) => marks.get('run') === engine)
      for (const block of chosen) {
        const { ended, reasons } = await run(block, { AWS_SECRET_ACCESS_KEY: 'not the one of this key' })
        expect(new Set(reasons)).toEqual(new Set(['wrong-signature']))
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
      expect(new Set(reasons)).toEqual(new Set(['tls-failed']))
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

  it.each(named(sql.filter((block) => !isMysql(block))))(
    'is run by PostgreSQL: %s',
    async (_where, { text }) => {
      const { host, port, password } = bareServer('postgres')
      const client = new pg.Client({ host, port, password, user: 'postgres', database: 'app' })
      await client.connect()
      try {
        await client.query('BEGIN')
        for (const statement of statementsOf(text)) await client.query(statement)
        const { rows } = await client.query(`SELECT pg_has_role('jane_doe', 'rds_iam', 'MEMBER') AS iam`)
        expect(rows).toEqual([{ iam: true }])
      } finally {
        await client.end()
      }
    },
  )

  it.each(named(sql.filter(isMysql)))(
    'is run by MySQL, but for the plugin of RDS: %s',
    async (_where, { text }) => {
      const { host, port, password } = bareServer('mysql')
      const connection = await createConnection({ host, port, password, user: 'somebody' })
      try {
        for (const statement of statementsOf(text)) {
          if (statement.includes('AWSAuthenticationPlugin')) {
            // ER_PLUGIN_IS_NOT_LOADED: all else of it was understood.
            await expect(connection.query(statement)).rejects.toMatchObject({ errno: 1524 })
            await connection.query("CREATE USER 'jane_doe'@'%'")
          } else await connection.query(statement)
        }
      } finally {
        await connection.end()
      }
    },
  )
})

describe('messages', () => {
  const quoted = blocks.filter(({ marks }) => marks.has('error'))

  it.each(Object.keys(messages))('are quoted as they are: %s', async (name) => {
    const stage = {
      postgres: local.postgres(),
      mysql: local.mysql(),
      bare: { postgres: bareServer('postgres'), mysql: bareServer('mysql') },
    }
    const error: unknown = await messages[name]?.(stage).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    const code = error instanceof RdsIamError ? error.code : undefined
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

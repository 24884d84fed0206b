// The documentation is correct: every code block compiles, runs if it is marked to run, and quotes real messages.
import { channels, RdsIamError } from '@rds-iam/core'
import { LocalRdsError, type VerdictReason } from '@rds-iam/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ended } from '../support/child.ts'
import { inNetwork } from '../support/dns.ts'
import { onMysql, onPostgres, useBareServers } from './bare.ts'
import { type Engine, isEngine, useGates } from './gates.ts'
import { codes, comparable, messages } from './messages.ts'
import { type Block, blocks, codesIn, comments, HOST, named, page, rowsOf, where } from './pages.ts'
import { type Place, placesOf, usePlaces } from './places.ts'
import { layOut, type Project } from './project.ts'

const bare = useBareServers()
const { local, ...gates } = useGates(blocks, bare)
const placeAt = usePlaces()

describe('code', () => {
  let project: Project
  let compiled: Ended
  beforeAll(async () => {
    project = layOut([...blocks, ...comments.flatMap((comment) => comment.blocks)])
    compiled = await project.compile()
    startAll()
  })
  afterAll(() => project?.remove())

  it('compiles, each block separately', () => {
    expect(compiled).toMatchObject({ code: 0, output: '', errors: '' })
  })

  interface Run {
    readonly ended: Ended
    /** The reasons of the verdicts, for each gate. */
    readonly reasons: readonly (readonly VerdictReason[])[]
    /** The key IDs that signed the tokens, as the gates saw them. */
    readonly keyIds: readonly (string | undefined)[]
    /** The place it ran in, if the block names one. */
    readonly place: Place | undefined
  }

  /** The engines run at once, but each runs one block at a time, so that each verdict belongs to a known block. */
  const running = new Map<Block, Promise<readonly Run[]>>()
  function startAll(): void {
    for (const queue of ['postgres', 'mysql', 'vitest|jest|upstream|shell']) {
      const chosen = blocks.filter(({ marks }) => queue.split('|').includes(marks.get('run') ?? ''))
      let last: Promise<unknown> = Promise.resolve()
      for (const block of chosen) {
        const same = [...running].find(
          ([{ text, marks }]) => text === block.text && marks.get('at') === block.marks.get('at'),
        )
        if (same) running.set(block, same[1])
        if (same) continue
        const next = last.then(() => runEverywhere(block))
        next.catch(() => {}) // the block's own test reports it
        running.set(block, next)
        last = next.catch(() => {})
      }
    }
  }

  async function runEverywhere(block: Block): Promise<readonly Run[]> {
    const runs: Run[] = []
    const places = placesOf(block).map(placeAt)
    for (const place of places.length > 0 ? places : [undefined]) runs.push(await run(block, {}, place))
    return runs
  }

  async function run(block: Block, more: Record<string, string> = {}, place?: Place): Promise<Run> {
    const engine = block.marks.get('run')
    if (!isEngine(engine)) {
      const { port } = bare().postgres
      const ended = await project.run(block, inNetwork({ ports: { localhost: port } }))
      return { ended, reasons: [], keyIds: [], place }
    }
    const { gates: those, env } = gates.for(block, engine)
    const before = those.map(({ verdicts }) => verdicts.at(-1)?.number ?? 0)
    const ended = await project.run(block, { ...(place ? place.env(env) : env), ...more })
    const since = those.map(({ verdicts }, index) =>
      verdicts.filter(({ number }) => number > (before[index] ?? 0)),
    )
    return {
      ended,
      reasons: since.map((verdicts) => verdicts.map(({ reason }) => reason)),
      keyIds: since.flat().map(({ keyId }) => keyId),
      place,
    }
  }

  it.each(named(blocks.filter(({ marks }) => marks.has('run'))))(
    'runs unchanged: %s',
    async (_where, block) => {
      const runs = (await running.get(block)) ?? []
      expect(runs.length).toBe(placesOf(block).length || 1)
      for (const { ended, reasons, keyIds, place } of runs) {
        expect(ended, `${ended.output}\n${ended.errors}`).toMatchObject({ code: 0 })
        if (isEngine(block.marks.get('run'))) expect(reasons.length).toBeGreaterThan(0)
        if (place) expect(new Set(keyIds)).toEqual(new Set([place.keyId]))
        // The doctor looks at the server's certificate first.
        const looks = / from 'rds-iam'/.test(block.text) ? ['incomplete', 'tls-failed'] : []
        for (const each of reasons) {
          expect(each).toContain('admitted')
          expect(each.filter((reason) => reason !== 'admitted' && !looks.includes(reason))).toEqual([])
        }
      }
    },
  )

  it('explains a rejected login where the pages say so', async () => {
    await Promise.all(running.values())
    const silent: string[] = []
    const effect = page('docs/frameworks.md').blocks.filter(({ text }) => text.includes(` from 'effect'`))
    const explained = [...page('docs/drivers.md').blocks, ...effect]
    const reject = async (engine: Engine): Promise<void> => {
      const chosen = explained.filter(({ marks }) => marks.get('run') === engine)
      for (const block of chosen) {
        const { ended, reasons } = await run(block, { AWS_SECRET_ACCESS_KEY: 'not the one of this key' })
        expect(new Set(reasons.flat())).toEqual(new Set(['wrong-signature']))
        if (!ended.errors.includes('IAM login of jane_doe')) silent.push(where(block))
      }
    }
    await Promise.all([reject('postgres'), reject('mysql')])

    const without = rowsOf(page('docs/drivers.md'), 'Drivers and other libraries', /^\| \[/)
      .filter((cells) => cells.at(-1) === 'no')
      .map(([library]) => library)
    expect(without).toEqual(['[Sequelize](#sequelize) on PostgreSQL', '[postgres.js](#postgresjs)'])
    const theirs = page('docs/drivers.md').blocks.filter(
      ({ text, marks }) => marks.get('run') === 'postgres' && /from '(sequelize|postgres)'/.test(text),
    )
    expect(silent).toEqual([...theirs, ...effect].map(where))
  })

  describe('of the page on monitoring', () => {
    const monitored = page('docs/monitoring.md')
    const blockOf = (file: string): Block => {
      const found = monitored.blocks.find(({ marks }) => marks.get('file') === `monitoring/${file}`)
      if (!found) throw new Error(`${file} is not shown`)
      return found
    }
    /** What the SDK received: the last lines of the output. */
    const reported = ({ ended }: Run): { metric?: string; span?: string; value?: unknown }[] =>
      ended.output
        .split('\n')
        .filter((line) => line.startsWith('{"'))
        .map((line) => JSON.parse(line))
    const attributes = {
      'rds_iam.endpoint': `${HOST}:5432`,
      'rds_iam.user': 'jane_doe',
      'cloud.region': 'eu-central-1',
    }

    it('reports signed tokens and their life', async () => {
      const [good] = (await running.get(blockOf('server.ts'))) ?? []
      const lines = good ? reported(good) : []
      expect(lines).toEqual([
        { metric: 'rds_iam.tokens.signed', value: 1, attributes },
        { metric: 'rds_iam.token.seconds_left', value: expect.any(Number), attributes },
      ])
      expect(lines[1]?.value).toBeGreaterThan(800)
      expect(lines[1]?.value).toBeLessThanOrEqual(900)
    })

    it('reports a rejected login with a span that holds the reason', async () => {
      await Promise.all(running.values())
      const bad = await run(blockOf('server.ts'), { AWS_SECRET_ACCESS_KEY: 'not the one of this key' })
      expect(reported(bad)).toContainEqual({ metric: 'rds_iam.logins.rejected', value: 1, attributes })
      expect(reported(bad)).toContainEqual({
        span: 'rds_iam login rejected',
        message: expect.stringContaining('PAM authentication failed'),
        attributes,
      })
    })

    it('reports a failed renewal with a span that holds the reason', async () => {
      await Promise.all(running.values())
      // The program ends before its token is renewed.
      const script = `
        import { channel } from 'node:diagnostics_channel'
        const facts = { endpoint: '${HOST}:5432', user: 'jane_doe', region: 'eu-central-1' }
        const event = { ...facts, error: new Error('the session has ended') }
        process.once('beforeExit', () => channel('${channels.renewalFailed}').publish(event))`
      const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(script)}`
      const lines = reported(await run(blockOf('server.ts'), { NODE_OPTIONS }))
      expect(lines).toContainEqual({ metric: 'rds_iam.renewals.failed', value: 1, attributes })
      expect(lines).toContainEqual({
        span: 'rds_iam renewal failed',
        message: 'the session has ended',
        attributes,
      })
    })

    it('has every metric in its table', () => {
      const created = [...blockOf('telemetry.ts').text.matchAll(/'(rds_iam\.[a-z_.]+)'[,)]/g)].map(
        ([, name]) => name,
      )
      const rows = rowsOf(monitored, 'OpenTelemetry').map(([first]) => codesIn(first)[0])
      expect(rows).toEqual(created)
    })

    it.each(['knex', 'typeorm', 'prisma', 'mysql2'])('checks the health of %s', async (orm) => {
      const [checked] = (await running.get(blockOf(`${orm}.ts`))) ?? []
      expect(checked?.ended.output).toMatch(
        /answers: true,[\s\S]*login: 'jane_doe@.*:(5432|3306)',\s+secondsLeft: 8\d\d,\s+renewalFailed: false/,
      )
    })
  })

  it('verifies whatever NODE_TLS_REJECT_UNAUTHORIZED is, as on the page about security', async () => {
    await Promise.all(running.values())
    const switchedOff = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_EXTRA_CA_CERTS: '' }
    for (const library of ['pg', 'mysql2/promise', 'mariadb', 'postgres']) {
      const block = page('docs/drivers.md').blocks.find(({ text }) => text.includes(` from '${library}'`))
      if (!block) throw new Error(`${library} is not shown`)
      const { ended, reasons } = await run(block, switchedOff)
      expect(ended).toMatchObject({ code: 1, errors: expect.stringMatching(/certificate/) })
      expect(new Set(reasons.flat())).toEqual(new Set(['tls-failed']))
    }
  })

  it('shows each library on each engine in a block that runs', () => {
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
  // PostgreSQL doesn't know DSQL's own statements.
  const sql = blocks.filter(({ language, text }) => language === 'sql' && !text.includes('AWS IAM GRANT'))
  const isMysql = ({ text }: Block): boolean => text.includes('AWSAuthenticationPlugin')

  it.each(named(sql.filter((block) => !isMysql(block))))('is run by PostgreSQL: %s', (_where, { text }) =>
    onPostgres(bare().postgres, async (client) => {
      await client.query('BEGIN')
      for (const statement of statementsOf(text)) await client.query(statement)
      if (!text.includes('rds_iam')) return
      const { rows } = await client.query(`SELECT pg_has_role('jane_doe', 'rds_iam', 'MEMBER') AS iam`)
      expect(rows).toEqual([{ iam: true }])
    }),
  )

  it.each(named(sql.filter(isMysql)))("is run by MySQL, except for RDS's plugin: %s", (_where, { text }) =>
    onMysql(bare().mysql, async (connection) => {
      for (const statement of statementsOf(text)) {
        if (statement.includes('AWSAuthenticationPlugin')) {
          // ER_PLUGIN_IS_NOT_LOADED: the rest of the statement is valid.
          await expect(connection.query(statement)).rejects.toMatchObject({ errno: 1524 })
          await connection.query("CREATE USER 'jane_doe'@'%'")
        } else await connection.query(statement)
      }
    }),
  )
})

describe('messages', () => {
  const quoted = blocks.filter(({ marks }) => marks.has('error'))

  it.each(Object.keys(messages))('are quoted correctly: %s', async (name) => {
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

  it('are all tested', () => {
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

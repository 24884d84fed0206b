// Prisma's CLI and engines: `iamDatasourceUrl()` connects them to a proxy in their own process.
import { chmodSync, cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RdsIamError } from '@rds-iam/core'
import { iamDatasourceUrl } from '@rds-iam/prisma'
import pg from 'pg'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type Ended, ROOT, run, typescript } from '../support/child.ts'
import { useFolder } from '../support/folder.ts'
import { enter, useLocalRds, verdictsOf } from '../support/rds.ts'
import { whoIs } from '../support/sessions.ts'

const HOST = 'db.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const postgres = useLocalRds({ engine: 'postgres', endpoint: { host: HOST, port: 5432 } })
const mysql = useLocalRds({ engine: 'mysql' })

/** Logs in as Prisma's query engine does: it sends the schema as a start-up parameter. */
class QueryEngine extends pg.Client {
  getStartupConf(): Readonly<Record<string, string | undefined>> {
    const { user, database } = this
    return { client_encoding: 'UTF8', user, database, search_path: '"sales"' }
  }
}

describe('iamDatasourceUrl()', () => {
  it.each([
    ['postgres', postgres, /^postgresql:\/\/iam_user:\S+@127\.0\.0\.1:\d+\/app\?sslmode=disable$/],
    ['mysql', mysql, /^mysql:\/\/iam_user:\S+@127\.0\.0\.1:\d+\/app$/],
  ] as const)('returns a local URL, with no token in it, that logs in to %s', async (_, rds, form) => {
    enter(rds())
    vi.stubEnv('RDS_IAM_VIA', rds().env.RDS_IAM_VIA)
    const before = rds().verdicts.length
    const url = await iamDatasourceUrl()
    expect(url).toMatch(form)
    expect(rds().verdicts.length, 'nothing is dialled yet').toBe(before)
    expect(await verdictsOf(rds(), () => whoIs(url))).toMatchObject([{ admitted: true }])
  })

  it("keeps the URL's parameters for Prisma, and returns a shadow database on the same proxy", async () => {
    const target = {
      url: `postgres://iam_user@${HOST}/app?schema=sales&connection_limit=3`,
      via: `127.0.0.1:${postgres().port}`,
    }
    const url = new URL(await iamDatasourceUrl(target))
    expect(Object.fromEntries(url.searchParams)).toEqual({
      schema: 'sales',
      connection_limit: '3',
      sslmode: 'disable',
    })
    const shadow = new URL(await iamDatasourceUrl({ ...target, database: 'app_shadow' }))
    expect(shadow.pathname).toBe('/app_shadow')
    expect(shadow.href.replace('app_shadow', 'app')).toBe(url.href)
    const other = new URL(await iamDatasourceUrl({ ...target, user: 'other' }))
    expect(other.port).not.toBe(url.port)
  })

  it('refuses a wrong target at once', async () => {
    const made = iamDatasourceUrl({ engine: 'postgres', host: HOST, user: 'jane_doe', via: 'x y' })
    await expect(made).rejects.toThrow(RdsIamError)
    await expect(made).rejects.toThrow(/via: /)
  })
})

describe("Prisma's CLI", () => {
  const folder = useFolder()
  beforeAll(() => {
    const program = typescript('test/support/programs/schema-engine.ts').join(' ')
    writeFileSync(join(folder, 'engine'), `#!/bin/sh\nexec ${process.execPath} ${program}\n`)
    chmodSync(join(folder, 'engine'), 0o700)
  })

  function prisma(args: readonly string[], env: Record<string, string | undefined>): Promise<Ended> {
    const own = { PRISMA_SCHEMA_ENGINE_BINARY: join(folder, 'engine'), CHECKPOINT_DISABLE: '1' }
    return run(process.execPath, ['node_modules/prisma/build/index.js', ...args], {
      env: { ...own, PRISMA_HIDE_UPDATE_MESSAGE: '1', ...env },
      cwd: 'examples/prisma',
    })
  }

  it('passes the URL from prisma.config.ts to its engine, through a tunnel, and ends by itself', async () => {
    const script = join(folder, 'script.sql')
    writeFileSync(script, 'CREATE SCHEMA sales; CREATE TABLE made_by_cli (id int)')
    const { env, url } = postgres()
    const verdicts = await verdictsOf(postgres(), async () => {
      const args = ['db', 'execute', '--file', script]
      const { code, errors } = await prisma(args, { ...env, DATABASE_URL: `${url}?schema=sales` })
      expect(code, errors).toBe(0)
    })
    expect(verdicts).toMatchObject([{ admitted: true, user: 'iam_user' }])
    enter(postgres())
    vi.stubEnv('RDS_IAM_VIA', env.RDS_IAM_VIA)
    const engine = new QueryEngine(await iamDatasourceUrl())
    await engine.connect()
    expect((await engine.query('SELECT * FROM made_by_cli')).rowCount).toBe(0)
    await engine.end()
  })

  it.each([['validate'], ['generate']])('runs %s without AWS, and with RDS_IAM_VIA set', async (command) => {
    const env = {
      DATABASE_URL: `postgres://jane_doe@${HOST}/app`,
      RDS_IAM_VIA: '127.0.0.1:1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: join(folder, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    }
    // A copy, because the client is generated next to it.
    const schema = join(folder, 'prisma/schema.prisma')
    cpSync(join(ROOT, 'examples/prisma/prisma/postgres.prisma'), schema)
    const args = [command, '--schema', schema]
    const { code, errors } = await prisma(args, env)
    expect(code, errors).toBe(0)
  })
})

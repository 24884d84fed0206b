import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { play, silent } from '../../../../test/support/play.ts'
import { findMysqlProgram } from '../../src/servers/mysql-programs.ts'
import { mysqlRecipe } from '../../src/servers/mysql-server.ts'
import { postgresRecipe } from '../../src/servers/postgres-server.ts'
import { freePort, type Recipe, startServer, type Wanted } from '../../src/servers/server.ts'
import { startSupervisor } from '../../src/servers/supervisor.ts'

/** How PostgreSQL starts on Windows. */
const BY_PG_CTL = 'postgres by pg_ctl'
const ENGINES = ['postgres', BY_PG_CTL, 'mysql']
const WANTED: Wanted = { users: ['iam_user'], database: 'app' }

async function recipeFor(engine: string): Promise<Recipe> {
  if (engine !== 'mysql') return postgresRecipe(WANTED, engine === BY_PG_CTL)
  const program = await findMysqlProgram()
  if (program === undefined) throw new Error('these tests need mysqld or mariadbd')
  return mysqlRecipe(program, WANTED)
}

it.each(ENGINES)('%s: takes another port if a program took the first one', async (engine) => {
  await using taken = await play(silent)
  const ports = [taken.port]
  const recipe = await recipeFor(engine)
  const server = await startServer(recipe, undefined, async () => ports.shift() ?? freePort())
  expect(server.port).not.toBe(taken.port)
  await recipe.probe(server.port)
  await server.stop()
})

it.each(['postgres', 'mysql'])('%s: gives up if all ports are taken, and says why', async (engine) => {
  await using taken = await play(silent)
  await expect(startServer(await recipeFor(engine), undefined, async () => taken.port)).rejects.toMatchObject(
    {
      code: 'ERR_RDS_IAM_LOCAL_SERVER',
      message: expect.stringMatching(/did not start: .*Its last output was:\n.*already in use/is),
    },
  )
})

it('mysql: does not touch the temporary files of another server', async () => {
  const folder = newFolder()
  const table = join(folder, '#sql-temptable-1f-5-0.MAI')
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) vi.stubEnv(name, folder)
  writeFileSync(table, 'of another server')
  const server = await startServer(await recipeFor('mysql'))
  await server.stop()
  expect(existsSync(table)).toBe(true)
})

it.each(ENGINES)('%s: reports a program that does not start', async (engine) => {
  const recipe = await recipeFor(engine)
  const broken: Recipe = {
    ...recipe,
    async plan(folder, port) {
      const plan = await recipe.plan(folder, port)
      const server = { ...plan.server, args: [...plan.server.args, '--no-such-option'] }
      return { ...plan, prepare: [], server } // it ends before it looks for its data
    },
  }
  await expect(startServer(broken)).rejects.toMatchObject({
    code: 'ERR_RDS_IAM_LOCAL_SERVER',
    message: expect.stringMatching(/did not start: .*ended with exit code \d+\..*no-such-option/s),
  })
})

it('reports a program that is missing', async () => {
  const recipe = await recipeFor('mysql')
  const missing: Recipe = {
    ...recipe,
    plan: async (folder, port) => ({
      ...(await recipe.plan(folder, port)),
      prepare: [{ command: `${folder}/none`, args: [] }],
    }),
  }
  await expect(startServer(missing)).rejects.toMatchObject({
    code: 'ERR_RDS_IAM_LOCAL_SERVER',
    message: expect.stringContaining('ENOENT'),
  })
})

it('postgres by pg_ctl: stops with all its processes', async () => {
  const recipe = await recipeFor(BY_PG_CTL)
  const server = await startServer(recipe)
  await recipe.probe(server.port)
  await server.stop()
  await expect(recipe.probe(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(() => process.kill(Number(server.pid), 0)).toThrow('ESRCH')
})

it('postgres by pg_ctl: its death is noticed', async () => {
  const supervisor = startSupervisor()
  const folder = await supervisor.createFolder('rds-iam-test')
  const recipe = await recipeFor(BY_PG_CTL)
  const plan = await recipe.plan(folder, await freePort())
  const { started, ended } = supervisor.run({ ...plan, folder, log: join(folder, 'server.log') })
  process.kill(await started, 'SIGKILL')
  expect(await ended).toBe('it has ended')
  await supervisor.stop()
  expect(existsSync(folder)).toBe(false)
})

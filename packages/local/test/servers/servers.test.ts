import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { findMysqlProgram } from '../../src/servers/mysql-programs.ts'
import { mysqlRecipe } from '../../src/servers/mysql-server.ts'
import { postgresRecipe } from '../../src/servers/postgres-server.ts'
import { freePort, LOOPBACK, type Recipe, startServer, type Wanted } from '../../src/servers/server.ts'
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

/** Another program on the port, which accepts connections but never answers. */
async function occupy(): Promise<{ port: number; callers: Socket[]; free(): void }> {
  const callers: Socket[] = []
  const stranger = createServer((socket) => {
    callers.push(socket)
    socket.on('error', () => {})
  })
  stranger.listen(0, LOOPBACK)
  await once(stranger, 'listening')
  const { port } = stranger.address() as AddressInfo // it listens on TCP
  return {
    port,
    callers,
    free() {
      for (const socket of callers) socket.destroy()
      stranger.close()
    },
  }
}

it.each(ENGINES)('%s: takes another port if a program took the first one', async (engine) => {
  const taken = await occupy()
  const ports = [taken.port]
  const recipe = await recipeFor(engine)
  const server = await startServer(recipe, undefined, async () => ports.shift() ?? freePort())
  expect(server.port).not.toBe(taken.port)
  await recipe.probe(server.port)
  await server.stop()
  taken.free()
})

it.each(['postgres', 'mysql'])('%s: gives up if all ports are taken, and says why', async (engine) => {
  const taken = await occupy()
  await expect(startServer(await recipeFor(engine), undefined, async () => taken.port)).rejects.toMatchObject(
    {
      code: 'ERR_RDS_IAM_LOCAL_SERVER',
      message: expect.stringMatching(/did not start: .*Its last output was:\n.*already in use/is),
    },
  )
  taken.free()
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

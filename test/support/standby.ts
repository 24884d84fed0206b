// A real server that is a replica, without a primary.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { postgresRecipe } from '../../packages/local/src/servers/postgres-server.ts'
import { type Server, startServer } from '../../packages/local/src/servers/server.ts'

/** A PostgreSQL in recovery. `statements`, one per line, run in its database `postgres` after the user is created. */
export async function startStandby(user: string, statements: readonly string[]): Promise<Server> {
  const { setUp: _needsWrites, ...recipe } = await postgresRecipe({ users: [user], database: 'postgres' })
  return startServer({
    ...recipe,
    plan: async (folder, port) => {
      const plan = await recipe.plan(folder, port)
      const data = join(folder, 'data')
      const input = join(folder, 'set-up.sql')
      const sql = [
        `CREATE ROLE ${user} LOGIN PASSWORD '${recipe.password}'`,
        ...statements,
        `COPY (SELECT WHERE false) TO '${join(data, 'standby.signal')}'`,
      ]
      await writeFile(input, `${sql.join('\n')}\n`)
      const single = { ...plan.server, args: ['--single', '-D', data, 'postgres'], input }
      return { ...plan, prepare: [...plan.prepare, single] }
    },
  })
}

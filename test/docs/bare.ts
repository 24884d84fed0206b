// Servers without a gate, for tests that need an administrator.
import { type Connection, createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { startMysql } from '../../packages/local/src/servers/mysql-server.ts'
import { postgresRecipe } from '../../packages/local/src/servers/postgres-server.ts'
import { type Server, startServer } from '../../packages/local/src/servers/server.ts'
import { page } from './pages.ts'

export interface Bare {
  readonly postgres: Server
  readonly mysql: Server
}

/** Both servers, once the tests run. All PostgreSQL users have the password that the pages show. */
export function useBareServers(): () => Bare {
  let bare: Bare | undefined
  beforeAll(async () => {
    const [postgres, mysql] = await Promise.all([startSmallPostgres(), startMysql(wanted)])
    bare = { postgres: { ...postgres, password: 'postgres' }, mysql }
    await onPostgres(postgres, async (client) => {
      for (const role of ['somebody', 'postgres'])
        await client.query(`ALTER ROLE ${role} PASSWORD 'postgres'`)
    })
  })
  afterAll(async () => {
    if (bare) await Promise.all([bare.postgres.stop(), bare.mysql.stop()])
  })
  return () => {
    if (!bare) throw new Error('the bare servers run while tests run only')
    return bare
  }
}

const wanted = { users: ['somebody'], database: 'app' }

/** Allows few connections, so that a test can use them up. */
async function startSmallPostgres(): Promise<Server> {
  const recipe = await postgresRecipe(wanted)
  const plan: typeof recipe.plan = async (folder, port) => {
    const { server, ...others } = await recipe.plan(folder, port)
    return { ...others, server: { ...server, args: [...server.args, '-c', 'max_connections=20'] } }
  }
  return startServer({ ...recipe, plan })
}

/** Runs `act` as the administrator. */
export async function onPostgres(
  { host, port, password }: Server,
  act: (client: pg.Client) => Promise<unknown>,
  database = 'app',
): Promise<void> {
  const client = new pg.Client({ host, port, password, user: 'postgres', database })
  await client.connect()
  try {
    await act(client)
  } finally {
    await client.end()
  }
}

/** Makes the database behave like Aurora DSQL, and creates the tables of the page about it. */
export function playDsql(server: Server): Promise<void> {
  const play = async (client: pg.Client): Promise<void> => {
    await client.query(CONFLICTS)
    await client.query(ONE_DDL)
    const tables = page('docs/dsql.md').blocks.filter(({ text }) => text.startsWith('CREATE TABLE'))
    for (const statement of tables.flatMap(({ text }) => text.split(/(?<=;)\n/)))
      await client.query(statement)
  }
  return onPostgres(server, play, 'postgres')
}

/**
 * Two of three transactions that change the first row fail at COMMIT, with the error of DSQL. A sequence counts them,
 * because a rollback doesn't reset it.
 */

const CONFLICTS = `
  CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL);
  INSERT INTO account VALUES (1, 100), (2, 100);
  CREATE SEQUENCE attempts;
  CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('attempts') % 3 > 0 THEN
        RAISE EXCEPTION 'change conflicts with another transaction, please retry: (OC000)' USING ERRCODE = '40001';
      END IF;
      RETURN NULL;
    END
  $$;
  CREATE CONSTRAINT TRIGGER conflict AFTER UPDATE ON account DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.id = 1) EXECUTE FUNCTION conflict();`

/** Refuses a second DDL statement in one transaction, and SERIAL. */
const ONE_DDL = `
  CREATE FUNCTION one_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF current_query() ~* '\\mserial\\M' THEN RAISE 'SERIAL is not supported'; END IF;
      IF current_setting('dsql.ddl', true) = pg_current_xact_id()::text THEN
        RAISE 'multiple ddl statements are not supported in a transaction';
      END IF;
      PERFORM set_config('dsql.ddl', pg_current_xact_id()::text, true);
    END
  $$;
  CREATE EVENT TRIGGER one_ddl ON ddl_command_start EXECUTE FUNCTION one_ddl();`

/** Runs `act` as a user with all privileges. */
export async function onMysql(
  { host, port, password }: Server,
  act: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  const connection = await createConnection({ host, port, password, user: 'somebody' })
  try {
    await act(connection)
  } finally {
    await connection.end()
  }
}

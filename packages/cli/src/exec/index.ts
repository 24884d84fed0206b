// `rds-iam exec -- COMMAND`: runs a command that finds the database and a token where it looks for them.
import { engineOf, type IamTarget, iamDatabaseUrl, inspectTarget, type UrlReader } from '@rds-iam/core'
import { endAs, runChild } from '../child.ts'
import { UsageError } from '../failure.ts'
import { inheritedEnv } from '../sdk-advice.ts'
import { type Access, accessOf, environmentFor } from './environment.ts'
import { readsOptionsFile, writeOptionsFile } from './options-file.ts'
import { ignoresHostaddr, readerFor } from './reader.ts'

export async function exec(
  target: IamTarget,
  command: readonly string[],
  reader?: UrlReader,
): Promise<number> {
  const engine = engineOf(target)
  if (ignoresHostaddr(command, engine) && inspectTarget(target).parts.via) {
    throw new UsageError(
      "--via can't be told to drizzle-kit: its driver dials the host that it verifies; dial the endpoint itself",
    )
  }
  const url = await iamDatabaseUrl(target, { for: reader ?? readerFor(command, engine) })
  const access = accessOf(url)
  const [program = '', ...args] = command
  const env = environmentFor(access, inheritedEnv())
  if (access.engine === 'mysql' && readsOptionsFile(program))
    return runMysqlClient(program, args, access, env)
  return endAs(await runChild(program, args, env))
}

async function runMysqlClient(
  program: string,
  args: readonly string[],
  access: Access,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const file = await writeOptionsFile(program, access)
  try {
    const child = runChild(program, [`--defaults-file=${file.path}`, ...args], {
      ...env,
      ...file.env,
      // What mysql_config_editor has stored would win over our file; there is none at this path.
      MYSQL_TEST_LOGIN_FILE: `${file.path}.none`,
    })
    return endAs(await child.finally(file.remove)) // removed before a signal ends us too
  } finally {
    await file.remove()
  }
}

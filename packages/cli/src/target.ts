// The flags that name the database. Every command has them.
import { readFileSync } from 'node:fs'
import type { IamTarget } from '@rds-iam/core'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { UsageError } from './failure.ts'

/** The values of the flags, as commander returns them. */
export interface TargetFlags {
  readonly engine?: 'postgres' | 'mysql'
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly database?: string
  readonly region?: string
  readonly profile?: string
  readonly role?: string
  readonly via?: string
  readonly cname?: boolean
  readonly ca?: string
}

const TARGET_HELP = `
Name the database by URL, by flags (which override it), or by environment variables: DATABASE_URL, or PGHOST, PGPORT,
PGUSER and PGDATABASE, or MYSQL_HOST, MYSQL_TCP_PORT, MYSQL_USER and MYSQL_DATABASE. AWS_REGION, AWS_PROFILE and
RDS_IAM_VIA are read too.`

export function addTarget(command: Command, argument = '[url]'): Command {
  return command
    .argument(argument, 'postgres://user@host:port/database or mysql://…, without a password')
    .addOption(engineOption('the protocol, if neither the URL nor the port implies it'))
    .option('--host <name>', 'the endpoint of RDS or Aurora DSQL')
    .option('--port <number>', "the endpoint's port (default: 5432 or 3306)", portOf)
    .option('--user <name>', 'the database user, who must be enabled for IAM login')
    .option('--database <name>', 'the database')
    .option('--region <name>', 'the AWS region (default: read from the host name)')
    .option('--profile <name>', 'a profile in the shared AWS config')
    .option('--role <arn>', 'the ARN of a role to assume first')
    .option('--via <address>', "the address to connect to instead of the host, such as a tunnel's host:port")
    .option('--cname', 'follow the CNAMEs of the host to the RDS endpoint')
    .option('--ca <file>', 'PEM certificates to trust in addition to the RDS roots')
    .addHelpText('after', TARGET_HELP)
}

export function engineOption(description: string): Option {
  return new Option('--engine <engine>', description).choices(['postgres', 'mysql'])
}

export function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new InvalidArgumentError('Write a whole number from 1 to 65535.')
}

/** A whole number from 0. */
export function countOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Write a whole number.')
}

export function targetOf(url: string | undefined, flags: TargetFlags): IamTarget {
  const { engine, host, port, user, database, region, profile, role, via, cname, ca } = flags
  const fields = { url, engine, host, port, user, database, region, profile, role, via, cname }
  return {
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    ...(ca === undefined ? {} : { ssl: { ca: readCa(ca) } }),
  }
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { message }: { message?: unknown } = Object(error)
    throw new UsageError(`--ca can't be read: ${message}`)
  }
}

// `rds-iam setup`: prints what makes a database user ready for IAM login. Runs nothing.
import type { Endpoint, EndpointKind, IamTarget } from '@rds-iam/core'
import { partitionOf } from '../doctor/partition.ts'
import { UsageError } from '../failure.ts'
import { signerOf } from '../signer.ts'
import { ACCOUNT_COMMAND, resourceCommand } from './find.ts'
import { cdk, cli, policy, terraform, text } from './forms.ts'
import { type Subject, sql } from './subject.ts'

type Format = 'text' | 'sql' | 'policy' | 'terraform' | 'cdk' | 'cli'

export interface SetupFlags {
  readonly account?: string
  readonly resourceId?: string
  readonly format: Format
}

interface Form {
  readonly write: (subject: Subject) => string
  /** What it can't do without. */
  readonly needs: readonly ('account' | 'resourceId')[]
}

const FORMS: Readonly<Record<Format, Form>> = {
  text: { write: text, needs: ['account', 'resourceId'] },
  sql: { write: sql, needs: [] },
  policy: { write: policy, needs: ['account', 'resourceId'] },
  cli: { write: cli, needs: ['account', 'resourceId'] },
  // These know their account.
  terraform: { write: terraform, needs: ['resourceId'] },
  cdk: { write: cdk, needs: ['resourceId'] },
}

export function setup(target: IamTarget, { account, resourceId, format }: SetupFlags): number {
  const { endpoint } = signerOf(target)
  const { write, needs } = FORMS[format]
  const problems: string[] = []
  if (account === undefined ? needs.includes('account') : !/^\d{12}$/.test(account)) {
    problems.push(`--account ${seen(account)}; write the 12 digits that this prints: ${ACCOUNT_COMMAND}`)
  }
  const wrong =
    resourceId === undefined ? missing(needs.includes('resourceId')) : misfit(resourceId, endpoint)
  if (wrong !== undefined)
    problems.push(`--resource-id ${wrong}; write what this prints: ${resourceCommand(endpoint)}`)
  if (problems.length > 0) throw new UsageError(...problems)
  const subject = { endpoint, partition: partitionOf(endpoint.region).name, account, resourceId }
  process.stdout.write(`${write(subject)}\n`)
  if (format !== 'sql') warnOfWildcards(endpoint.user)
  return 0
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
function warnOfWildcards(user: string): void {
  if (!/[*?]|\$\{/.test(user)) return
  const why = 'in an IAM policy * and ? stand for any characters, and a $ begins a variable'
  process.stderr.write(`rds-iam: beware of --user ${user}: ${why}, so other users are let in too\n`)
}

/** What the ids of resources begin with. An instance of Aurora is known by its cluster. */
const RESOURCES: Readonly<Record<EndpointKind, readonly string[]>> = {
  instance: ['db', 'cluster'],
  writer: ['cluster'],
  reader: ['cluster'],
  custom: ['cluster'],
  'shard-group': ['cluster'],
  'global-writer': ['cluster'],
  proxy: ['prx'],
}

/** Why the id can't be that of the endpoint's resource. */
function misfit(resourceId: string, { host, kind }: Endpoint): string | undefined {
  const [, begin = ''] = /^(db|cluster|prx)-\w+$/.exec(resourceId) ?? []
  if (begin === '') return seen(resourceId)
  const fitting = kind && RESOURCES[kind]
  if (!fitting || fitting.includes(begin)) return undefined
  return `${JSON.stringify(resourceId)} is not of ${host}, whose own begins with ${fitting.join('- or ')}-`
}

function missing(needed: boolean): string | undefined {
  return needed ? seen(undefined) : undefined
}

function seen(value: string | undefined): string {
  return value === undefined ? 'is missing' : `${JSON.stringify(value)} is none`
}

// `rds-iam setup`: prints what makes a database user ready for IAM login. Runs nothing.
import { createTokenSource, type IamTarget } from '@rds-iam/core'
import { partitionOf } from '../doctor/partition.ts'
import { UsageError } from '../failure.ts'
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
  const { endpoint } = createTokenSource(target)
  const { write, needs } = FORMS[format]
  const problems: string[] = []
  if (account === undefined ? needs.includes('account') : !/^\d{12}$/.test(account)) {
    problems.push(`--account ${seen(account)}; write the 12 digits that this prints: ${ACCOUNT_COMMAND}`)
  }
  if (resourceId === undefined ? needs.includes('resourceId') : !/^(db|cluster|prx)-\w+$/.test(resourceId)) {
    problems.push(`--resource-id ${seen(resourceId)}; write what this prints: ${resourceCommand(endpoint)}`)
  }
  if (problems.length > 0) throw new UsageError(...problems)
  const subject = { endpoint, partition: partitionOf(endpoint.region).name, account, resourceId }
  process.stdout.write(`${write(subject)}\n`)
  return 0
}

function seen(value: string | undefined): string {
  return value === undefined ? 'is missing' : `${JSON.stringify(value)} is none`
}

// `rds-iam setup`: prints the SQL and the policy that prepare a database user for IAM login. Runs nothing.
import { type IamTarget, partitionOf } from '@rds-iam/core'
import { ACCOUNT_COMMAND } from '../../aws-commands.ts'
import { UsageError } from '../../failure.ts'
import { signerOf } from '../../signer.ts'
import type { Format } from './formats.ts'
import { cdk, cli, policy, terraform, text } from './forms.ts'
import { faultOfId, waysToFindId } from './resource-id.ts'
import { type Subject, sql } from './subject.ts'

export interface SetupFlags {
  readonly account?: string
  readonly resourceId?: string
  readonly format: Format
}

interface Form {
  readonly write: (subject: Subject) => string
  /** The required values. */
  readonly needs: readonly ('account' | 'resourceId')[]
}

const FORMS: Readonly<Record<Format, Form>> = {
  text: { write: text, needs: ['account', 'resourceId'] },
  sql: { write: sql, needs: [] },
  policy: { write: policy, needs: ['account', 'resourceId'] },
  cli: { write: cli, needs: ['account', 'resourceId'] },
  // These formats look the account up.
  terraform: { write: terraform, needs: ['resourceId'] },
  cdk: { write: cdk, needs: ['resourceId'] },
}

export function setup(target: IamTarget, { account, resourceId, format }: SetupFlags): number {
  const { endpoint } = signerOf(target)
  const { write, needs } = FORMS[format]
  const problems: string[] = []
  if (account === undefined ? needs.includes('account') : !/^\d{12}$/.test(account)) {
    const fault = account === undefined ? 'is missing' : `${JSON.stringify(account)} is not an AWS account ID`
    problems.push(`--account ${fault}; find yours with: ${ACCOUNT_COMMAND}`)
  }
  const isNeeded = needs.includes('resourceId') && endpoint.kind !== 'dsql'
  const missing = isNeeded ? 'is missing' : undefined
  const fault = resourceId === undefined ? missing : faultOfId(resourceId, endpoint)
  if (fault !== undefined) {
    const [first, ...others] = waysToFindId(endpoint)
    problems.push(`--resource-id ${fault}; ${first}`, ...others)
  }
  if (problems.length > 0) throw new UsageError(...problems)
  const role = typeof target.role === 'object' ? target.role.arn : target.role
  const subject = { endpoint, partition: partitionOf(endpoint.region).name, account, resourceId, role }
  process.stdout.write(`${write(subject)}\n`)
  if (format !== 'sql' && endpoint.kind !== 'dsql') warnOfWildcards(endpoint.user)
  return 0
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
function warnOfWildcards(user: string): void {
  if (!/[*?]|\$\{/.test(user)) return
  const why = 'in an IAM policy, * and ? match any characters, and ${ begins a variable'
  process.stderr.write(`rds-iam: the policy for --user ${user} also allows other users: ${why}\n`)
}

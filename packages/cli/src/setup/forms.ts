// The set-up, in each form that people keep it in.
import { enableCommand } from './find.ts'
import { shellWord } from './shell.ts'
import { type Subject, sql, userArn } from './subject.ts'

export function policy(subject: Subject): string {
  return JSON.stringify(document(subject), null, 2)
}

export function text(subject: Subject): string {
  return `-- In the database, as its master user:
${sql(subject)}

-- On the database, where IAM login is not enabled yet:
${enableCommand(subject.endpoint, subject.resourceId)}

-- The policy, for the role that your service runs as:
${policy(subject)}`
}

export function cli(subject: Subject): string {
  const { endpoint, resourceId, partition, account } = subject
  const name = `rds-connect-${endpoint.user.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, 128)
  return `# ROLE is the name of the role that your service runs as.
${enableCommand(endpoint, resourceId)}
aws iam create-policy --policy-name ${name} --policy-document ${shellWord(JSON.stringify(document(subject)))}
aws iam attach-role-policy --role-name "$ROLE" --policy-arn arn:${partition}:iam::${account}:policy/${name}
${sqlIn('#', subject)}`
}

export function terraform(subject: Subject): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's own
  const account = subject.account ?? '${data.aws_caller_identity.current.account_id}'
  const arn = userArn({ ...subject, account: ACCOUNT })
  return `# On the aws_db_instance or aws_rds_cluster: iam_database_authentication_enabled = true
${subject.account === undefined ? 'data "aws_caller_identity" "current" {}\n\n' : ''}data "aws_iam_policy_document" "rds_connect" {
  statement {
    actions   = ["rds-db:connect"]
    resources = ["${hcl(arn).replace(ACCOUNT, account)}"]
  }
}

resource "aws_iam_policy" "rds_connect" {
  name_prefix = "rds-connect-"
  policy      = data.aws_iam_policy_document.rds_connect.json
}

${sqlIn('#', subject)}`
}

export function cdk(subject: Subject): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the stack's own
  const account = subject.account ?? '${Aws.ACCOUNT_ID}'
  const arn = userArn({ ...subject, account: ACCOUNT }).replace(/[\\`]|\$(?=\{)/g, '\\$&')
  return `${subject.account === undefined ? "import { Aws } from 'aws-cdk-lib'\n" : ''}import { PolicyStatement } from 'aws-cdk-lib/aws-iam'

// On the DatabaseInstance or DatabaseCluster: iamAuthentication: true
role.addToPrincipalPolicy(
  new PolicyStatement({
    actions: ['rds-db:connect'],
    resources: [\`${arn.replace(ACCOUNT, account)}\`],
  }),
)

${sqlIn('//', subject)}`
}

/** Stands for the account until the rest has been escaped. */
const ACCOUNT = '000000000000'

function document(subject: Subject): object {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'rds-db:connect', Resource: userArn(subject) }],
  }
}

function hcl(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replace(/[$%](?=\{)/g, '$&$&')
}

function sqlIn(comment: string, subject: Subject): string {
  const lines = ['In the database, as its master user:', ...sql(subject).split('\n')]
  return lines.map((line) => `${comment} ${line}`).join('\n')
}

// The setup, in each form that people keep it in.
import { enableIam } from '../../aws-commands.ts'
import { shellWord } from '../../shell.ts'
import { isProxy, resourceOfSubject, type Subject, sql, userArn } from './subject.ts'

export function policy(subject: Subject): string {
  return JSON.stringify(document(subject), null, 2)
}

export function text(subject: Subject): string {
  return `-- In the database, as its master user:
${sql(subject)}

# In a shell, to ${isProxy(subject) ? 'require IAM on the proxy, if it does not yet' : 'enable IAM login, if it is not enabled yet'}:
${enableCommand(subject)}

// The policy, for the role that your service runs as:
${policy(subject)}`
}

export function cli(subject: Subject): string {
  const { endpoint, partition, account } = subject
  const name = `rds-connect-${endpoint.user.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, 128)
  return `# Replace ROLE with the name of the role that your service runs as.
${enableCommand(subject)}
aws iam create-policy --policy-name ${name} --policy-document ${shellWord(JSON.stringify(document(subject)))}
aws iam attach-role-policy --role-name ROLE --policy-arn arn:${partition}:iam::${account}:policy/${name}
${sqlIn('#', subject)}`
}

function enableCommand(subject: Subject): string {
  const resource = resourceOfSubject(subject)
  const command = enableIam(resource, { region: subject.endpoint.region })
  if (resource.kind !== 'proxy') return command
  return `# Replace SECRET_ARN with the ARN of the secret with the user's password. The list replaces the proxy's own list.
${command}`
}

export function terraform(subject: Subject): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's syntax
  const account = subject.account ?? '${data.aws_caller_identity.current.account_id}'
  const arn = userArn({ ...subject, account: ACCOUNT })
  const enabled = isProxy(subject)
    ? 'In the auth block of the aws_db_proxy: iam_auth = "REQUIRED"'
    : 'On the aws_db_instance or aws_rds_cluster: iam_database_authentication_enabled = true'
  return `# ${enabled}
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
  // biome-ignore lint/suspicious/noTemplateCurlyInString: part of the stack's code
  const account = subject.account ?? '${Aws.ACCOUNT_ID}'
  const arn = userArn({ ...subject, account: ACCOUNT }).replace(/[\\`]|\$(?=\{)/g, '\\$&')
  return `${subject.account === undefined ? "import { Aws } from 'aws-cdk-lib'\n" : ''}import { PolicyStatement } from 'aws-cdk-lib/aws-iam'

// On the ${isProxy(subject) ? 'DatabaseProxy: iamAuth: true' : 'DatabaseInstance or DatabaseCluster: iamAuthentication: true'}
role.addToPrincipalPolicy(
  new PolicyStatement({
    actions: ['rds-db:connect'],
    resources: [\`${arn.replace(ACCOUNT, account)}\`],
  }),
)

${sqlIn('//', subject)}`
}

/** Stands for the account until the rest is escaped. */
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
  const statements = sql(subject)
    .split('\n')
    .map((line) => line.replace(/^-- /, ''))
  const lines = ['In the database, as its master user:', ...statements]
  return lines.map((line) => `${comment} ${line}`).join('\n')
}

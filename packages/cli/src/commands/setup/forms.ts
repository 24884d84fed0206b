// Prints the setup in each format: SQL and JSON, AWS CLI commands, Terraform, CDK and so on.
import { enableIam } from '../../aws-commands.ts'
import { shellWord } from '../../shell.ts'
import { isDsql, isProxy, permission, resourceOfSubject, type Subject, sql } from './subject.ts'

export function policy(subject: Subject): string {
  return JSON.stringify(document(subject), null, 2)
}

export function text(subject: Subject): string {
  return `-- In the database, as ${administrator(subject)}:
${sql(subject)}

${enabling(subject)}// The policy, for the role that your service runs as:
${policy(subject)}`
}

function administrator(subject: Subject): string {
  return isDsql(subject) ? 'the user admin' : 'its master user'
}

/** Aurora DSQL supports no other login. */
function enabling(subject: Subject): string {
  if (isDsql(subject)) return ''
  return `# In a shell, to ${isProxy(subject) ? 'require IAM on the proxy, if it does not yet' : 'enable IAM login, if it is not enabled yet'}:
${enableCommand(subject)}

`
}

export function cli(subject: Subject): string {
  const { endpoint, partition, account } = subject
  const name = `${prefix(subject)}-connect-${endpoint.user.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, 128)
  return `# Replace ROLE with the name of the role that your service runs as.
${isDsql(subject) ? '' : `${enableCommand(subject)}\n`}aws iam create-policy --policy-name ${name} --policy-document ${shellWord(JSON.stringify(document(subject)))}
aws iam attach-role-policy --role-name ROLE --policy-arn arn:${partition}:iam::${account}:policy/${name}
${sqlIn('#', subject)}`
}

function prefix(subject: Subject): string {
  return isDsql(subject) ? 'dsql' : 'rds'
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
  const { action, arn } = permission({ ...subject, account: ACCOUNT })
  const name = prefix(subject)
  const enabled = isProxy(subject)
    ? '# In the auth block of the aws_db_proxy: iam_auth = "REQUIRED"\n'
    : '# On the aws_db_instance or aws_rds_cluster: iam_database_authentication_enabled = true\n'
  return `${isDsql(subject) ? '' : enabled}${subject.account === undefined ? 'data "aws_caller_identity" "current" {}\n\n' : ''}data "aws_iam_policy_document" "${name}_connect" {
  statement {
    actions   = ["${action}"]
    resources = ["${hcl(arn).replace(ACCOUNT, account)}"]
  }
}

resource "aws_iam_policy" "${name}_connect" {
  name_prefix = "${name}-connect-"
  policy      = data.aws_iam_policy_document.${name}_connect.json
}

${sqlIn('#', subject)}`
}

export function cdk(subject: Subject): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: part of the stack's code
  const account = subject.account ?? '${Aws.ACCOUNT_ID}'
  const { action, arn } = permission({ ...subject, account: ACCOUNT })
  const resource = arn.replace(/[\\`]|\$(?=\{)/g, '\\$&').replace(ACCOUNT, account)
  const enabled = isProxy(subject)
    ? 'On the DatabaseProxy: iamAuth: true'
    : 'On the DatabaseInstance or DatabaseCluster: iamAuthentication: true'
  return `${subject.account === undefined ? "import { Aws } from 'aws-cdk-lib'\n" : ''}import { PolicyStatement } from 'aws-cdk-lib/aws-iam'

${isDsql(subject) ? '' : `// ${enabled}\n`}role.addToPrincipalPolicy(
  new PolicyStatement({
    actions: ['${action}'],
    resources: [\`${resource}\`],
  }),
)

${sqlIn('//', subject)}`
}

/** A placeholder for the account until the rest is escaped. */
const ACCOUNT = '000000000000'

function document(subject: Subject): object {
  const { action, arn } = permission(subject)
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: arn }],
  }
}

function hcl(text: string): string {
  return text.replace(/["\\]/g, '\\$&').replace(/[$%](?=\{)/g, '$&$&')
}

function sqlIn(comment: string, subject: Subject): string {
  const statements = sql(subject)
    .split('\n')
    .map((line) => line.replace(/^-- /, ''))
  const lines = [`In the database, as ${administrator(subject)}:`, ...statements]
  return lines.map((line) => `${comment} ${line}`).join('\n')
}

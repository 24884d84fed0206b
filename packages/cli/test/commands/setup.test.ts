import { createTokenSource } from '@rds-iam/core'
import { describe, expect, it } from 'vitest'
import { cdk, cli, terraform, text } from '../../src/commands/setup/forms.ts'
import { faultOfId, waysToFindId } from '../../src/commands/setup/resource-id.ts'
import { type Subject, sql } from '../../src/commands/setup/subject.ts'

function subject(url: string, more: Partial<Subject> = {}): Subject {
  const { endpoint } = createTokenSource({ url, region: 'eu-central-1' })
  const known = { partition: 'aws', account: '123456789012', resourceId: 'db-ABC', role: undefined }
  return { endpoint, ...known, ...more }
}

const INSTANCE = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const CLUSTER = 'orders.cluster-c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const PROXY = 'pool.proxy-c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const ODD = encodeURIComponent(`o'brien"\${x}\``)

describe('the SQL', () => {
  it('quotes names as PostgreSQL does', () => {
    expect(sql(subject(`postgres://${ODD}@${INSTANCE}`))).toBe(
      `CREATE USER "o'brien""\${x}\`";\nGRANT rds_iam TO "o'brien""\${x}\`";`,
    )
  })

  it('quotes names as MySQL does', () => {
    expect(sql(subject(`mysql://${ODD}@${INSTANCE}/a%60b_c%25`)).split('\n')).toEqual([
      `CREATE USER 'o''brien"\${x}\`'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';`,
      `ALTER USER 'o''brien"\${x}\`'@'%' REQUIRE SSL;`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON \`a\`\`b\\_c\\%\`.* TO 'o''brien"\${x}\`'@'%';`,
    ])
  })
})

describe('the forms', () => {
  it('escape what means something to Terraform', () => {
    expect(terraform(subject(`postgres://${ODD}@${INSTANCE}`))).toContain(
      `resources = ["arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABC/o'brien\\"$\${x}\`"]`,
    )
  })

  it('escape what means something to TypeScript', () => {
    expect(cdk(subject(`postgres://${ODD}@${INSTANCE}`))).toContain(
      `resources: [\`arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABC/o'brien"\\\${x}\\\`\`]`,
    )
  })

  it('escape what means something to a shell', () => {
    const text = cli(subject(`postgres://${ODD}@${INSTANCE}`))
    expect(text).toContain(`--policy-name rds-connect-o-brien---x--`)
    expect(text).toContain(`/o'\\''brien\\"\${x}\`"}]}'\n`)
  })

  it('look up an unknown account at run time', () => {
    const unknown = subject(`postgres://jane@${INSTANCE}`, { account: undefined })
    expect(terraform(unknown)).toMatch(
      /^data "aws_caller_identity" "current" {}\n[\s\S]*:\$\{data\.aws_caller_identity\.current\.account_id\}:/m,
    )
    expect(cdk(unknown)).toMatch(/^import { Aws } from 'aws-cdk-lib'\n[\s\S]*:\$\{Aws\.ACCOUNT_ID\}:/)
  })

  it.each([
    [INSTANCE, 'db-ABC', 'modify-db-instance --db-instance-identifier db '],
    [INSTANCE, 'cluster-ABC', 'modify-db-cluster --db-cluster-identifier CLUSTER '],
    [CLUSTER, 'cluster-ABC', 'modify-db-cluster --db-cluster-identifier orders '],
    [PROXY, 'prx-0abc', 'modify-db-proxy --db-proxy-name pool '],
    [PROXY.replace('.', '.endpoint.'), 'prx-0abc', 'modify-db-proxy --db-proxy-name PROXY '],
    ['db.corp.example', 'db-ABC', 'modify-db-instance --db-instance-identifier INSTANCE '],
    ['db.corp.example', 'cluster-ABC', 'modify-db-cluster --db-cluster-identifier CLUSTER '],
  ])('enable IAM login of %s, which is %s', (host, resourceId, command) => {
    expect(cli(subject(`postgres://jane@${host}`, { resourceId }))).toContain(command)
  })
})

describe('behind a proxy', () => {
  const proxy = subject(`postgres://jane@${PROXY}`, { resourceId: 'prx-0abc' })

  it('requires IAM on the proxy, in each form', () => {
    expect(cli(proxy)).toMatch(
      /^aws rds modify-db-proxy --db-proxy-name pool --auth '\[\{"AuthScheme":"SECRETS","SecretArn":"SECRET_ARN","IAMAuth":"REQUIRED"\}\]' --region eu-central-1$/m,
    )
    expect(terraform(proxy)).toContain('aws_db_proxy: iam_auth = "REQUIRED"')
    expect(cdk(proxy)).toContain('DatabaseProxy: iamAuth: true')
  })

  it.each([
    ['cli', cli],
    ['terraform', terraform],
    ['cdk', cdk],
    ['text', text],
  ])('warns against GRANT rds_iam: %s', (_, form) => {
    const lines = form(proxy).split('\n')
    expect(lines.filter((line) => line.includes('rds_iam'))).toEqual([
      expect.stringMatching(/Do not use GRANT/),
    ])
    expect(lines.filter((line) => /^(#|\/\/) -- /.test(line))).toEqual([])
  })
})

describe('a cluster of Aurora DSQL', () => {
  const HOST = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.eu-central-1.on.aws'
  const ARN = 'arn:aws:dsql:eu-central-1:123456789012:cluster/4iabtwz7ezqwk5ugp6n2abcdef'
  const dsql = subject(`postgres://jane@${HOST}`, { resourceId: undefined })

  it.each([
    ['text', text, '"Action": "dsql:DbConnect"', `"${ARN}"`],
    ['cli', cli, 'aws iam create-policy --policy-name dsql-connect-jane ', `"Resource":"${ARN}"`],
    ['terraform', terraform, 'actions   = ["dsql:DbConnect"]', `resources = ["${ARN}"]`],
    ['cdk', cdk, "actions: ['dsql:DbConnect']", `resources: [\`${ARN}\`]`],
  ])('has no switch for IAM login, and its own permission: %s', (_, form, action, resource) => {
    const written = form(dsql)
    expect(written).toContain(action)
    expect(written).toContain(resource)
    expect(written).toContain(`AWS IAM GRANT "jane" TO 'arn:aws:iam::123456789012:role/ROLE';`)
    expect(written).toContain('In the database, as the user admin:')
    expect(written).not.toMatch(/modify-db|rds|iam_auth|iamAuth|undefined/)
  })

  it('leaves out values that the stack knows', () => {
    const unknown = { ...dsql, account: undefined }
    expect(terraform(unknown)).toMatch(/^data "aws_caller_identity"/)
    expect(cdk(unknown)).toContain('eu-central-1:$' + '{Aws.ACCOUNT_ID}:cluster/')
    expect(sql(unknown)).toContain("'arn:aws:iam::ACCOUNT:role/ROLE'")
  })
})

describe('the resource ID', () => {
  it.each([
    [CLUSTER, 'db-ABC', 'cluster-'],
    [CLUSTER.replace('cluster-', 'cluster-ro-'), 'prx-ABC', 'cluster-'],
    [PROXY, 'db-ABC', 'prx-'],
    [PROXY, 'cluster-ABC', 'prx-'],
    [INSTANCE, 'prx-ABC', 'db- or cluster-'], // an Aurora instance has the ID of its cluster
  ])('must be of the same kind of resource: %s, %s', (host, id, fitting) => {
    const { endpoint } = subject(`postgres://jane@${host}`)
    expect(faultOfId(id, endpoint)).toBe(`"${id}" is not the ID of ${host}`)
    for (const beginning of fitting.split(' or '))
      expect(faultOfId(`${beginning}ABC`, endpoint)).toBeUndefined()
  })

  it('must be that of the same cluster of Aurora DSQL', () => {
    const { endpoint } = subject('postgres://jane@4iabtwz7ezqwk5ugp6n2abcdef.dsql.eu-central-1.on.aws')
    expect(faultOfId('4iabtwz7ezqwk5ugp6n2abcdef', endpoint)).toBeUndefined()
    expect(faultOfId('5iabtwz7ezqwk5ugp6n2abcdef', endpoint)).toMatch(/^is not the ID in 4iab/)
  })
})

describe('the command that finds the resource ID', () => {
  it.each([
    [INSTANCE, 'describe-db-instances --db-instance-identifier db '],
    [CLUSTER, 'describe-db-clusters --db-cluster-identifier orders '],
    [CLUSTER.replace('cluster-', 'cluster-ro-'), 'describe-db-clusters --db-cluster-identifier orders '],
    [CLUSTER.replace('cluster-', 'cluster-custom-'), 'describe-db-clusters --query'],
    [PROXY, 'describe-db-proxies --db-proxy-name pool '],
    [PROXY.replace('.', '.endpoint.'), 'describe-db-proxies --query'],
  ])('of %s is %s', (host, command) => {
    expect(waysToFindId(subject(`postgres://jane@${host}`).endpoint)[0]).toContain(`aws rds ${command}`)
  })

  it.each([INSTANCE, CLUSTER, PROXY])('can be pasted, for %s', (host) => {
    for (const line of waysToFindId(subject(`postgres://jane@${host}`).endpoint))
      expect(line).toMatch(/: aws rds describe-db-\w+ [^()]*'DB\w+\[\]\.\{[^']+\}' --region eu-central-1$/)
  })
})

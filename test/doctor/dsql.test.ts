// The doctor with an Aurora DSQL cluster.
import { expect, it } from 'vitest'
import { causesOf } from '../../packages/cli/src/doctor/causes/index.ts'
import type { LoginFound, TokenFound } from '../../packages/cli/src/doctor/examination.ts'
import { KNOWN } from '../support/aws.ts'
import { tunnelTo, useDoctor } from '../support/doctor.ts'
import { caseOf, failed, found, ok } from '../support/doctor-cases.ts'
import { useLocalRds } from '../support/rds.ts'

const ID = '4iabtwz7ezqwk5ugp6n2abcdef'
const HOST = `${ID}.dsql.us-east-1.on.aws`

const doctor = useDoctor()
const rds = useLocalRds({ engine: 'postgres', endpoint: { host: HOST }, users: ['admin', 'jane_doe'] })

const as = (user: string) => ({
  ...tunnelTo(rds()),
  DATABASE_URL: `postgres://${user}@${HOST}`,
})

it.each([
  ['admin', 'admin'],
  ['jane_doe', undefined],
])('finds that a login of %s works', async (user, inToken) => {
  const { code, errors, report } = await doctor().examine([], as(user))
  expect([code, errors]).toEqual([0, ''])
  expect(report).toMatchObject({
    ok: true,
    causes: [],
    steps: {
      region: { found: { region: 'us-east-1', kind: 'dsql' } },
      tls: { found: { expected: HOST, names: expect.arrayContaining([HOST]) } },
      session: { found: { user, database: 'postgres', readOnly: false } },
    },
  })
  expect(report.steps.token?.found).toMatchObject({ host: HOST, region: 'us-east-1' })
  expect(report.steps.token?.found?.user).toBe(inToken)
  expect(report.steps.token?.found).not.toHaveProperty('port')
  const { output } = await doctor().run([], as(user))
  expect(output).toContain('us-east-1, from the host name; a cluster of Aurora DSQL')
  expect(output).toContain(`${inToken ?? 'any user but admin'} at ${HOST},`)
})

const UNKNOWN = { AWS_ACCESS_KEY_ID: 'AKIANEVERHEARDOF0001', AWS_SECRET_ACCESS_KEY: 'x' }

it('names the permission that admin lacks', async () => {
  const { report } = await doctor().examine([], { ...as('admin'), ...UNKNOWN })
  expect(rds().verdicts.at(-1)?.reason).toBe('unknown-key')
  const [first, ...others] = report.causes
  const arn = `arn:aws:dsql:us-east-1:123456789012:cluster/${ID}`
  expect(first).toMatchObject({ id: 'policy', certainty: 'likely' })
  expect(first?.because).toContain(`the policy must allow dsql:DbConnectAdmin on ${arn}`)
  const commands = first?.cures.map(({ text }) => text).join('\n')
  expect(commands).toContain(`aws dsql get-cluster --identifier ${ID} `)
  expect(commands).toContain(`--action-names dsql:DbConnectAdmin --resource-arns ${arn}`)
  expect(commands).toContain(`rds-iam setup postgres://admin@${HOST}:5432 --account 123456789012\n`.trim())
  expect(commands).not.toContain('--resource-id')
  expect(others.map(({ id }) => id)).not.toContain('iam-disabled')
})

it('names the grant that a database role lacks', async () => {
  const { report } = await doctor().examine([], { ...as('jane_doe'), ...UNKNOWN })
  const [policy, grant] = report.causes
  expect(policy).toMatchObject({ id: 'policy' })
  expect(policy?.because).toContain('must allow dsql:DbConnect on ')
  expect(grant).toMatchObject({ id: 'dsql-grant', certainty: 'likely' })
  expect(KNOWN.arn).toContain('assumed-role/orders-api/')
  expect(grant?.cures).toEqual([
    { kind: 'sql', text: "SELECT arn FROM sys.iam_pg_role_mappings WHERE pg_role_name = 'jane_doe';" },
    { kind: 'sql', text: `AWS IAM GRANT "jane_doe" TO 'arn:aws:iam::123456789012:role/orders-api';` },
  ])
})

it('knows the limit of new connections', () => {
  const login = failed<LoginFound>('53400', 'Unable to accept connection, rate exceeded')
  expect(causesOf(caseOf({ login }, { host: HOST }))).toMatchObject([
    { id: 'connection-rate', certainty: 'proven', because: 'Unable to accept connection, rate exceeded' },
  ])
})

it.each([false, true])('does not advise following an alias to a cluster, with cname: %s', (cname) => {
  const token = failed<TokenFound>('ERR_RDS_IAM_ALIAS', 'is an alias')
  const dns = ok({ ...found.dns, cnames: [HOST] })
  const [alias] = causesOf(caseOf({ dns, token }, { host: 'db.corp.example', cname }))
  expect(alias).toMatchObject({
    id: 'alias',
    title: 'db.corp.example is an alias, but Aurora DSQL finds a cluster only by its own name',
  })
  expect(alias?.cures.map(({ text }) => text)).toEqual([
    `write --host ${HOST}; add --via db.corp.example if you must connect to that name`,
  ])
})

import { createRequire } from 'node:module'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { partitionOf, serviceUrl } from '../src/doctor/partition.ts'

const ofCli = createRequire(new URL('../package.json', import.meta.url))
const ofSts = createRequire(ofCli.resolve('@aws-sdk/client-sts'))
const sdk: { partition(region: string): { name: string; dnsSuffix: string } } = ofSts('@aws-sdk/core/client')

it.each([
  ...['us-east-1', 'eu-central-1', 'mx-central-1', 'cn-north-1', 'us-gov-west-1', 'eusc-de-east-1'],
  ...['us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1', 'us-isof-south-1'],
])('knows the partition of %s, as the AWS SDK does', (region) => {
  const { name, suffix } = partitionOf(region)
  const { name: known, dnsSuffix } = sdk.partition(region)
  expect([name, suffix]).toEqual([known, dnsSuffix])
})

describe('a service', () => {
  beforeEach(() => {
    for (const name of ['', '_STS', '_RDS']) vi.stubEnv(`AWS_ENDPOINT_URL${name}`, undefined)
  })

  it('is where its region has it', () => {
    expect(serviceUrl('sts', 'eu-central-1')).toBe('https://sts.eu-central-1.amazonaws.com')
    expect(serviceUrl('rds', 'cn-north-1')).toBe('https://rds.cn-north-1.amazonaws.com.cn')
  })

  it('is where the environment says, by its own name first', () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://localhost:4566')
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'https://sts.corp.example')
    expect(serviceUrl('sts', 'eu-central-1')).toBe('https://sts.corp.example')
    expect(serviceUrl('rds', 'eu-central-1')).toBe('http://localhost:4566')
  })
})

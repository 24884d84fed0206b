import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { partitionOf } from '../src/doctor/partition.ts'

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

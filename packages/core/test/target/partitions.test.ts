import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { partitionOf } from '../../src/index.ts'

const ofCore = createRequire(new URL('../../package.json', import.meta.url))
const ofProviders = createRequire(ofCore.resolve('@aws-sdk/credential-providers'))
const sdk: { partition(region: string): { name: string; dnsSuffix: string } } =
  ofProviders('@aws-sdk/core/client')

it.each([
  ...['us-east-1', 'eu-central-1', 'mx-central-1', 'cn-north-1', 'us-gov-west-1', 'eusc-de-east-1'],
  ...['us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1', 'us-isof-south-1'],
])('puts %s into the same partition as the AWS SDK', (region) => {
  const { name, suffix } = partitionOf(region)
  const { name: known, dnsSuffix } = sdk.partition(region)
  expect([name, suffix]).toEqual([known, dnsSuffix])
})

import { expect, it } from 'vitest'
import { regionOfHost } from '../../src/options/region-of-host.ts'

it.each([
  ['db.c9akciq32rgh.eu-central-1.rds.amazonaws.com', 'eu-central-1'],
  ['DB.C9AKCIQ32RGH.EU-CENTRAL-1.RDS.AMAZONAWS.COM.', 'eu-central-1'],
  ['db.c9akciq32rgh.us-gov-west-1.rds.amazonaws.com', 'us-gov-west-1'],
  ['db.c9akciq32rgh.rds.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['db.c9akciq32rgh.cn-north-1.rds.amazonaws.com.cn', 'cn-north-1'],
  ['db.c9akciq32rgh.rds.cn-northwest-1.amazonaws.com.cn', 'cn-northwest-1'],
  ['db.c9akciq32rgh.eusc-de-east-1.rds.amazonaws.eu', 'eusc-de-east-1'],
  ['db.c9akciq32rgh.cn-north-1.rds.amazonaws.com', undefined],
  ['db.corp.example', undefined],
  ['localhost', undefined],
  [undefined, undefined],
])('the host %s is in the region %s', (host, region) => expect(regionOfHost(host)).toBe(region))

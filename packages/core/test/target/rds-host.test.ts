import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRdsHost } from '../../src/target/rds-host.ts'

describe("an endpoint's name contains kind, region and partition", () => {
  it.each([
    ['orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com', 'instance', 'eu-central-1', 'aws'],
    ['mysqldb.123456789012.us-east-1.rds.amazonaws.com', 'instance', 'us-east-1', 'aws'],
    ['rds.c9akciq32rgh.us-east-1.rds.amazonaws.com', 'instance', 'us-east-1', 'aws'],
    ['orders.cluster-c9akciq32rgh.eu-central-1.rds.amazonaws.com', 'writer', 'eu-central-1', 'aws'],
    ['orders.cluster-ro-c9akciq32rgh.eu-west-3.rds.amazonaws.com', 'reader', 'eu-west-3', 'aws'],
    ['reports.cluster-custom-c9akciq32rgh.us-west-2.rds.amazonaws.com', 'custom', 'us-west-2', 'aws'],
    ['pool.proxy-c9akciq32rgh.ap-southeast-2.rds.amazonaws.com', 'proxy', 'ap-southeast-2', 'aws'],
    ['ro.endpoint.proxy-c9akciq32rgh.ap-southeast-2.rds.amazonaws.com', 'proxy', 'ap-southeast-2', 'aws'],
    ['wide.shardgrp-c9akciq32rgh.us-east-2.rds.amazonaws.com', 'shard-group', 'us-east-2', 'aws'],
    ['world.global-c9akciq32rgh.global.rds.amazonaws.com', 'global-writer', undefined, 'aws'],
    ['db1.cluster-abcdefghijkl.rds.cn-north-1.amazonaws.com.cn', 'writer', 'cn-north-1', 'aws-cn'],
    ['db1.abcdefghijkl.cn-northwest-1.rds.amazonaws.com.cn', 'instance', 'cn-northwest-1', 'aws-cn'],
    ['db1.abcdefghijkl.us-gov-west-1.rds.amazonaws.com', 'instance', 'us-gov-west-1', 'aws-us-gov'],
    ['db1.abcdefghijkl.rds.us-gov-east-1.amazonaws.com', 'instance', 'us-gov-east-1', 'aws-us-gov'],
    ['db1.abcdefghijkl.rds.us-iso-east-1.c2s.ic.gov', 'instance', 'us-iso-east-1', 'aws-iso'],
    ['db1.abcdefghijkl.rds.us-isob-east-1.sc2s.sgov.gov', 'instance', 'us-isob-east-1', 'aws-iso-b'],
    ['db1.abcdefghijkl.rds.eu-isoe-west-1.cloud.adc-e.uk', 'instance', 'eu-isoe-west-1', 'aws-iso-e'],
    ['db1.abcdefghijkl.rds.us-isof-south-1.csp.hci.ic.gov', 'instance', 'us-isof-south-1', 'aws-iso-f'],
    ['db1.abcdefghijkl.rds.eusc-de-east-1.amazonaws.eu', 'instance', 'eusc-de-east-1', 'aws-eusc'],
    ['4iabtwz7ezqwk5ugp6n2abcdef.dsql.us-east-1.on.aws', 'dsql', 'us-east-1', 'aws'],
    ['4iabtwz7ezqwk5ugp6n2abcdef.dsql-fips.ca-central-1.on.aws', 'dsql', 'ca-central-1', 'aws'],
    ['4iabtwz7ezqwk5ugp6n2abcdef.dsql-fnh4.us-east-1.on.aws', 'dsql', 'us-east-1', 'aws'],
    ['4iabtwz7ezqwk5ugp6n2abcdef.dsql-0a1b2c.ap-northeast-1.on.aws', 'dsql', 'ap-northeast-1', 'aws'],
  ])('%s', (host, kind, region, partition) => {
    expect(parseRdsHost(host)).toEqual({ kind, region, partition })
  })
})

describe('a name that only resembles an endpoint is not one', () => {
  it.each([
    'orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com.evil.example',
    'orders.c9akciq32rgh.eu-central-1.rds.amazonaws.org',
    'my-balancer-123.elb.eu-central-1.amazonaws.com',
    'my-balancer-123.eu-central-1.elb.amazonaws.com',
    'rds.eu-central-1.amazonaws.com',
    'eu-central-1.rds.amazonaws.com',
    'c9akciq32rgh.eu-central-1.rds.amazonaws.com',
    'a.b.orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
    'ro.other.proxy-c9akciq32rgh.eu-central-1.rds.amazonaws.com',
    'orders..eu-central-1.rds.amazonaws.com',
    'orders.c9akciq32rgh.global.rds.amazonaws.com',
    'world.global-c9akciq32rgh.eu-central-1.rds.amazonaws.com',
    'orders.c9akciq32rgh.central.rds.amazonaws.com',
    'orders.c9akciq32rgh.cn-north-1.rds.amazonaws.com',
    'orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com.cn',
    'orders.c9akciq32rgh.us-iso-east-1.rds.sc2s.sgov.gov',
    'orders.c9akciq32rgh.rds.eu-central-1.amazonaws.com',
    '4iabtwz7ezqwk5ugp6n2abcdef.dsql.us-east-1.on.aws.evil.example',
    '4iabtwz7ezqwk5ugp6n2abcdef.dsql.nowhere.on.aws',
    '4iabtwz7ezqwk5ugp6n2abcdef.dsql.us-east-1.api.aws',
    'a.b.dsql.us-east-1.on.aws',
    'dsql.us-east-1.on.aws',
    'vpce-04037adb76c111221-d849uc2p.dsql-fnh4.us-east-1.vpce.amazonaws.com',
    'localhost',
    '10.0.0.7',
    '::1',
    '',
  ])('%s', (host) => {
    expect(parseRdsHost(host)).toBeUndefined()
  })
})

it('a name built from kind, region and partition parses to them', () => {
  const partitions = {
    aws: ['amazonaws.com', /^(eu|us|ap|mx)-(north|south|east|west|central)(east|west)?-[1-9]$/],
    'aws-cn': ['amazonaws.com.cn', /^cn-[a-z]{4,9}-[1-9]$/],
    'aws-us-gov': ['amazonaws.com', /^us-gov-[a-z]{4,9}-[1-9]$/],
    'aws-eusc': ['amazonaws.eu', /^eusc-de-[a-z]{4,9}-[1-9]$/],
    'aws-iso': ['c2s.ic.gov', /^us-iso-[a-z]{4,9}-[1-9]$/],
    'aws-iso-b': ['sc2s.sgov.gov', /^us-isob-[a-z]{4,9}-[1-9]$/],
    'aws-iso-e': ['cloud.adc-e.uk', /^eu-isoe-[a-z]{4,9}-[1-9]$/],
    'aws-iso-f': ['csp.hci.ic.gov', /^us-isof-[a-z]{4,9}-[1-9]$/],
  } as const
  const prefixes = {
    instance: '',
    writer: 'cluster-',
    reader: 'cluster-ro-',
    custom: 'cluster-custom-',
    proxy: 'proxy-',
    'shard-group': 'shardgrp-',
  } as const
  const keys = <T extends object>(of: T): fc.Arbitrary<keyof T> =>
    fc.constantFrom(...(Object.keys(of) as (keyof T)[])) // the objects above have no other keys
  const id = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/)
  const hash = fc.stringMatching(/^[a-z0-9]{12}$/)
  const place = keys(partitions).chain((partition) => {
    const [suffix, regions] = partitions[partition]
    return fc.record({
      partition: fc.constant(partition),
      suffix: fc.constant(suffix),
      region: fc.stringMatching(regions),
      shifted: partition === 'aws' ? fc.constant(false) : fc.boolean(),
    })
  })
  fc.assert(
    fc.property(
      keys(prefixes),
      place,
      id,
      hash,
      (kind, { partition, suffix, region, shifted }, name, unique) => {
        const where = shifted ? `rds.${region}` : `${region}.rds`
        const host = `${name}.${prefixes[kind]}${unique}.${where}.${suffix}`
        expect(parseRdsHost(host)).toEqual({ kind, partition, region })
        expect(parseRdsHost(`${host}.evil.example`)).toBeUndefined()
      },
    ),
  )
})

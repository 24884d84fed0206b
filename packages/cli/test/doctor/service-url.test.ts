import { beforeEach, describe, expect, it, vi } from 'vitest'
import { serviceUrl } from '../../src/doctor/service-url.ts'

describe('a service', () => {
  beforeEach(() => {
    for (const name of ['', '_STS', '_RDS']) vi.stubEnv(`AWS_ENDPOINT_URL${name}`, undefined)
  })

  it('has an address in its region', () => {
    expect(serviceUrl('sts', 'eu-central-1')).toBe('https://sts.eu-central-1.amazonaws.com')
    expect(serviceUrl('rds', 'cn-north-1')).toBe('https://rds.cn-north-1.amazonaws.com.cn')
  })

  it('has the address in the environment; its own variable comes first', () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://localhost:4566')
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'https://sts.corp.example')
    expect(serviceUrl('sts', 'eu-central-1')).toBe('https://sts.corp.example')
    expect(serviceUrl('rds', 'eu-central-1')).toBe('http://localhost:4566')
  })
})

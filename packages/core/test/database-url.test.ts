import { afterEach, describe, expect, it, vi } from 'vitest'
import { iamDatabaseUrl } from '../src/index.ts'

const target = {
  host: 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com',
  user: 'jane_doe',
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' },
  dangerouslySkipServerVerification: true,
} as const

afterEach(() => void vi.restoreAllMocks())

describe('a URL for whoever wants no verification', () => {
  it.each([
    ['prisma', 'mysql', { sslcert: expect.any(String), sslaccept: 'accept_invalid_certs' }],
    ['libpq', 'postgres', { sslmode: 'require' }],
    ['mysql', 'mysql', { 'ssl-mode': 'REQUIRED' }],
    ['mysql2', 'mysql', { ssl: '{"rejectUnauthorized":false}', enableCleartextPlugin: 'true' }],
  ] as const)('tells %s so, and keeps TLS', async (reader, engine, params) => {
    vi.spyOn(process, 'emitWarning').mockReturnValue() // which is tested elsewhere
    const url = new URL(await iamDatabaseUrl({ ...target, engine }, { for: reader }))
    expect(Object.fromEntries(url.searchParams)).toEqual(params)
  })
})

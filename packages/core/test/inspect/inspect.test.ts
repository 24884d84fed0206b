import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { credentialsOf, inspectCredentials, inspectTarget, inspectToken } from '@rds-iam/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { createAuthority } from '../../../local/src/certificates.ts'

const HOST = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG' }

let folder: string
beforeEach(() => {
  folder = newFolder()
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
})

function stubEnv(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
}

describe('inspectTarget', () => {
  it('reports where each value comes from: option, URL, variable, host name, default', () => {
    stubEnv({
      DATABASE_URL: `postgres://jane@${HOST}/app`,
      RDS_IAM_VIA: 'localhost:15432',
      AWS_REGION: 'us-west-2',
    })
    const { parts, origins, problems, profile } = inspectTarget({ user: 'joe' })
    const url = { from: 'url', name: 'DATABASE_URL' }
    expect(problems).toEqual([])
    expect(parts).toEqual({
      engine: 'postgres',
      host: HOST,
      port: 5432,
      user: 'joe',
      database: 'app',
      region: 'eu-central-1',
      via: { host: 'localhost', port: 15432 },
    })
    expect(origins).toEqual({
      engine: url,
      host: url,
      port: { from: 'default' },
      user: { from: 'option' },
      database: url,
      region: { from: 'host' },
      via: { from: 'environment', name: 'RDS_IAM_VIA' },
    })
    expect(profile).toEqual({ name: 'default', origin: { from: 'default' } })
  })

  it("reports the engine's variables, and a profile's region", () => {
    stubEnv({ MYSQL_HOST: 'db.corp.example', MYSQL_USER: 'jane', AWS_PROFILE: 'prod' })
    writeFileSync(join(folder, 'config'), '[profile prod]\nregion = eu-west-3\n')
    const { parts, origins, profile } = inspectTarget()
    expect(parts).toMatchObject({ engine: 'mysql', port: 3306, region: 'eu-west-3' })
    expect(origins).toMatchObject({
      engine: { from: 'environment', name: 'MYSQL_HOST' },
      user: { from: 'environment', name: 'MYSQL_USER' },
      region: { from: 'profile', name: 'prod' },
    })
    expect(profile).toEqual({ name: 'prod', origin: { from: 'environment', name: 'AWS_PROFILE' } })
  })

  it('never throws: it reports problems next to what could be read', () => {
    const { parts, problems } = inspectTarget({ host: HOST, port: 5432, region: 'eu-west-1' })
    expect(parts).toEqual({ engine: 'postgres', host: HOST, port: 5432 })
    expect(problems.map(({ option }) => option).sort()).toEqual(['region', 'user'])
  })

  it('reports which roots connections trust, and where each comes from', () => {
    const bundled = inspectTarget({ host: HOST, port: 5432, user: 'jane' }).roots
    expect(bundled.length).toBeGreaterThan(3)
    expect(new Set(bundled.map(({ from }) => from))).toEqual(new Set(['bundle']))
    const pem = bundled[0]?.pem.trim() ?? ''
    const file = join(folder, 'ca.pem')
    writeFileSync(file, pem)
    const added = (more: object) =>
      inspectTarget({ host: HOST, port: 5432, user: 'jane', ...more }).roots.slice(bundled.length)
    expect(added({ ssl: { ca: pem } })).toEqual([{ pem, from: 'ssl.ca' }])
    vi.stubEnv('NODE_EXTRA_CA_CERTS', file)
    expect(added({})).toEqual([{ pem, from: 'NODE_EXTRA_CA_CERTS' }])
    vi.stubEnv('PGSSLROOTCERT', file)
    expect(added({}).map(({ from }) => from)).toEqual(['PGSSLROOTCERT', 'NODE_EXTRA_CA_CERTS'])
    vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
    const url = (root: string) => `postgres://jane@${HOST}/app?sslmode=verify-full&sslrootcert=${root}`
    expect(added({ url: url(file) })[0]).toEqual({ pem, from: 'sslrootcert' })
    vi.stubEnv('PGSSLROOTCERT', undefined)
    const publicRoot = rootCertificates.at(-1)?.trim()
    expect(added({ url: url('system') }).at(-1)).toEqual({ pem: publicRoot, from: 'sslrootcert' })
  })
})

describe('inspectCredentials', () => {
  it('returns the source and the non-secret values, even if the rest of the target is missing', async () => {
    stubEnv(KEYS)
    expect(await inspectCredentials()).toEqual({
      keyId: 'AKIA…MPLE',
      source: 'environment',
      temporary: false,
      endsAt: undefined,
    })
    expect(await credentialsOf()()).toMatchObject({ accessKeyId: KEYS.AWS_ACCESS_KEY_ID })
  })

  it('reports when a session ends', async () => {
    const expiration = new Date(Date.now() + 3_600_000)
    const credentials = {
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'k',
      sessionToken: 's',
      expiration,
    }
    const facts = { keyId: 'ASIA…MPLE', source: undefined, temporary: true, endsAt: expiration }
    expect(await inspectCredentials({ credentials })).toEqual(facts)
  })

  it('checks the role, and ignores options that are not about AWS', async () => {
    await expect(inspectCredentials({ role: 'admin', port: 70_000 })).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_OPTIONS',
      problems: [{ option: 'role' }],
    })
  })
})

describe('inspectToken', () => {
  it('reports what the token contains, and when it really expires', async () => {
    const expiration = new Date(Date.now() + 300_000)
    const credentials = {
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'k',
      sessionToken: 's',
      expiration,
    }
    const ofLocal = {
      engine: 'postgres',
      user: 'jane',
      ssl: { ca: (await createAuthority()).pem },
      credentials,
    } as const
    const token = await inspectToken({ host: HOST.toUpperCase(), port: 5432, user: 'jane@corp', credentials })
    expect(token).toMatchObject({
      host: HOST,
      port: 5432,
      user: 'jane@corp',
      region: 'eu-central-1',
      endsAt: expiration,
    })
    expect(token.keyId).toBe('ASIA…MPLE')
    expect(JSON.stringify(token)).not.toContain('X-Amz')
    const byDefault = await inspectToken({ host: '::1', port: 443, region: 'eu-west-1', ...ofLocal })
    expect(byDefault).toMatchObject({ host: '::1', port: 443, region: 'eu-west-1' }) // URL would drop the port
  })

  it.each([
    ['admin', 'admin'],
    ['jane_doe', undefined],
  ])('reports what a token for Aurora DSQL contains, which has no port: %s', async (user, told) => {
    const host = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.us-east-1.on.aws'
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'k' }
    expect(await inspectToken({ host, user, credentials })).toMatchObject({
      host,
      port: undefined,
      user: told,
      region: 'us-east-1',
    })
  })
})

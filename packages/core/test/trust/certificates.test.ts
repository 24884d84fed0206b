import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { newFolder } from '../../../../test/support/folder.ts'
import { createAuthority } from '../../../local/src/certificates.ts'
import { readSettings } from '../../src/connect/settings.ts'
import { iamPgConfig } from '../../src/drivers/pg.ts'
import { inspectTarget } from '../../src/index.ts'
import { extraCertificates, isInDate, isReadable } from '../../src/trust/certificates.ts'

const NAMES = ['db.example'] as const
const LONG_AGO = { notBefore: new Date(Date.UTC(1990, 0, 1)), notAfter: new Date(Date.UTC(1998, 0, 1)) }

function damage(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')
  der[5] = 0xff // a length inside
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----`
}

function write(text: string): string {
  const file = join(newFolder(), 'ca.pem')
  writeFileSync(file, text)
  return file
}

it('a certificate is valid until it expires', async () => {
  const { issue } = await createAuthority()
  const notAfter = new Date(Date.UTC(2061, 0, 1))
  expect(isInDate((await issue({ names: NAMES, ...LONG_AGO })).cert)).toBe(false)
  expect(isInDate((await issue({ names: NAMES, ...LONG_AGO, notAfter })).cert)).toBe(true)
})

it('an expired certificate is left out as an option, and trusted in NODE_EXTRA_CA_CERTS, as Node.js does', async () => {
  const { issue } = await createAuthority()
  const { cert } = await issue({ names: NAMES, ...LONG_AGO })
  const url = 'postgres://jane_doe@orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com/app'
  vi.stubEnv('NODE_EXTRA_CA_CERTS', undefined)
  expect(readSettings({ url, ssl: { ca: cert } }).trust.ca).not.toContain(cert.trim())
  vi.stubEnv('NODE_EXTRA_CA_CERTS', write(cert))
  expect(readSettings({ url }).trust.ca).toContain(cert.trim())
})

it('a damaged certificate is refused as an option, and ignored in NODE_EXTRA_CA_CERTS, as Node.js does', async () => {
  const { issue } = await createAuthority()
  const { cert } = await issue({ names: NAMES })
  const damaged = damage(cert)
  expect([cert, damaged].map(isReadable)).toEqual([true, false])
  expect(isInDate(damaged)).toBe(false)
  const target = { url: 'postgres://jane_doe@orders.c9akciq32rgh.eu-central-1.rds.amazonaws.com/app' }
  const both = `${cert}\n${damaged}`
  expect(() => iamPgConfig({ ...target, ssl: { ca: both } })).toThrow('ssl.ca: contains no PEM certificate')
  vi.stubEnv('NODE_EXTRA_CA_CERTS', write(both))
  expect(readSettings(target).trust.context).toBeTypeOf('object')
  const extra = inspectTarget(target).roots.filter(({ from }) => from === 'NODE_EXTRA_CA_CERTS')
  expect(extra).toEqual([{ pem: cert.trim(), from: 'NODE_EXTRA_CA_CERTS' }])
})

it('a file of extra certificates that is empty or missing adds nothing', () => {
  const file = write('no certificate')
  expect(extraCertificates(file)).toEqual([])
  expect(extraCertificates(`${file}.missing`)).toEqual([])
})

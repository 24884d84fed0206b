import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createAuthority } from '../../../local/src/certificates.ts'
import { certificatesIn, extraCertificates, isInDate } from '../../src/trust/certificates.ts'

const NAMES = ['db.example'] as const

it('a certificate is valid until it expires', async () => {
  const { issue } = await createAuthority()
  const until = (year: number) => ({
    names: NAMES,
    notBefore: new Date(Date.UTC(1990, 0, 1)),
    notAfter: new Date(Date.UTC(year, 0, 1)),
  })
  expect(isInDate((await issue(until(1998))).cert)).toBe(false)
  expect(isInDate((await issue(until(2061))).cert)).toBe(true)
})

it('text with a damaged certificate contains none, even if its length and its dates can be read', async () => {
  const { issue } = await createAuthority()
  const { cert } = await issue({ names: NAMES })
  const der = Buffer.from(cert.replace(/-----[^-]+-----/g, ''), 'base64')
  der[5] = 0xff // a length inside
  const damaged = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----`
  expect(certificatesIn(cert)).toEqual([cert.trim()])
  expect(certificatesIn(damaged)).toBeUndefined()
  expect(certificatesIn(`${cert}\n${damaged}`)).toBeUndefined()
})

it('a file of extra certificates that is empty or missing adds nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
  const file = join(folder, 'empty.pem')
  writeFileSync(file, 'no certificate')
  expect(extraCertificates(file)).toEqual([])
  expect(extraCertificates(join(folder, 'missing.pem'))).toEqual([])
  rmSync(folder, { recursive: true })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createAuthority } from '../../../local/src/certificates.ts'
import { extraCertificates, isInDate } from '../../src/trust/certificates.ts'

const NAMES = ['db.example'] as const

it('a certificate is valid until it expires, in either date format', async () => {
  const { issue } = await createAuthority()
  const year = (from: number, to: number) => ({
    names: NAMES,
    notBefore: new Date(Date.UTC(from, 0, 1)),
    notAfter: new Date(Date.UTC(to, 0, 1)),
  })
  expect(isInDate((await issue(year(1990, 1998))).cert)).toBe(false)
  expect(isInDate((await issue(year(2020, 2024))).cert)).toBe(false)
  expect(isInDate((await issue(year(2020, 2049))).cert)).toBe(true)
  expect(isInDate((await issue(year(2020, 2061))).cert)).toBe(true) // from 2050 on, the year has four digits
})

it('a certificate with a long name before its expiry date is valid too', async () => {
  const { issue } = await createAuthority('a long name '.repeat(60))
  const past = { notBefore: new Date(Date.UTC(2020, 0, 1)), notAfter: new Date(Date.UTC(2024, 0, 1)) }
  expect(isInDate((await issue({ names: NAMES })).cert)).toBe(true)
  expect(isInDate((await issue({ names: NAMES, ...past })).cert)).toBe(false)
})

it('a file of extra certificates that is empty or missing adds nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rds-iam-test-'))
  const file = join(folder, 'empty.pem')
  writeFileSync(file, 'no certificate')
  expect(extraCertificates(file)).toEqual([])
  expect(extraCertificates(join(folder, 'missing.pem'))).toEqual([])
  rmSync(folder, { recursive: true })
})

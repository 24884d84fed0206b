import { writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { type IamTarget, inspectTarget } from '@rds-iam/core'
import { describe, expect, it, vi } from 'vitest'
import { useFolder } from '../../../../test/support/folder.ts'
import { createAuthority } from '../../../local/src/certificates.ts'
import { NotDone, StepFault } from '../../src/doctor/step.ts'
import { addressOf, findAddresses } from '../../src/doctor/steps/network.ts'
import { findRegion, readOptions, subjectOf } from '../../src/doctor/steps/options.ts'

const HOST = 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com'
const ENDPOINT = `postgres://jane_doe@${HOST}/app`
const ROLE = 'arn:aws:iam::123456789012:role/db/login'
const SOCKET = '/run/tunnel/.s.PGSQL.5432'

const roots = [(await createAuthority()).pem, (await createAuthority()).pem] as const

const folder = useFolder()

/** `name = value (origin)` */
const read = (target: IamTarget): string[] =>
  readOptions(target, inspectTarget(target)).values.map(
    ({ name, value, origin }) => `${name} = ${value} (${origin.name ?? origin.from})`,
  )

function faultOf(act: () => unknown): StepFault {
  try {
    act()
  } catch (error) {
    if (error instanceof StepFault) return error
    throw error
  }
  throw new Error('it went well')
}

describe('the options', () => {
  it('are shown with their origins', () => {
    vi.stubEnv('RDS_IAM_VIA', 'localhost:15432')
    vi.stubEnv('AWS_PROFILE', 'prod')
    expect(read({ url: ENDPOINT, user: 'john_doe' })).toEqual([
      'engine = postgres (url)',
      `host = ${HOST} (url)`,
      'port = 5432 (default)',
      'user = john_doe (option)',
      'database = app (url)',
      'via = localhost:15432 (RDS_IAM_VIA)',
      'profile = prod (AWS_PROFILE)',
    ])
  })

  it.each<[string, Partial<IamTarget>, string]>([
    ['a tunnel to an IPv6 address', { via: '[::1]:15432' }, 'via = [::1]:15432 (option)'],
    ['a tunnel by a socket', { via: SOCKET }, `via = ${SOCKET} (option)`],
    ['a role', { role: ROLE }, `role = ${ROLE} (option)`],
    ['a role with an external id', { role: { arn: ROLE, externalId: 'x7' } }, `role = ${ROLE} (option)`],
    ['an alias', { cname: true }, 'cname = true (option)'],
  ])('show %s', (_, more, line) => {
    expect(read({ url: ENDPOINT, ...more })).toContain(line)
  })

  describe('show who added roots, and how many', () => {
    const [one, two] = roots

    it('by --ca', () => {
      expect(read({ url: ENDPOINT, ssl: { ca: one } })).toContain('ca = 1 root (option)')
      expect(read({ url: ENDPOINT, ssl: { ca: [one, two] } })).toContain('ca = 2 roots (option)')
    })

    it('by the URL, and by the environment', () => {
      const [urls, variables] = [join(folder, 'url.pem'), join(folder, 'env.pem')]
      writeFileSync(urls, one)
      writeFileSync(variables, two)
      expect(read({ url: `${ENDPOINT}?sslrootcert=${urls}` })).toContain('ca = 1 root (url)')
      vi.stubEnv('PGSSLROOTCERT', variables)
      expect(read({ url: ENDPOINT })).toContain('ca = 1 root (PGSSLROOTCERT)')
    })
  })

  it.each([
    [
      ENDPOINT,
      'URL parameter fetch_size is not known here; remove it, or pass it as an option of the driver',
    ],
    [
      ENDPOINT.replace('postgres', 'mysql'),
      'URL parameter fetch_size is not known here; remove it, or pass it as an option of the driver',
    ],
  ])('fail if the driver refuses one, and are still shown: %s', (url, message) => {
    const target = { url: `${url}?fetch_size=7` }
    const error = faultOf(() => read(target))
    expect(error.fault).toEqual({ code: 'ERR_RDS_IAM_OPTIONS', message })
    expect(error.found).toMatchObject({
      values: expect.arrayContaining([expect.objectContaining({ name: 'host', value: HOST })]),
      problems: [{ option: 'URL' }],
    })
  })

  it('contain no profile unless one is set', () => {
    const target = { url: ENDPOINT }
    expect(subjectOf(target, inspectTarget(target))).toMatchObject({
      profile: undefined,
      role: undefined,
      via: undefined,
    })
  })
})

describe('the region', () => {
  it.each<[string, IamTarget, object]>([
    ['the host', { url: ENDPOINT }, { origin: { from: 'host' }, partition: 'aws', kind: 'instance' }],
    [
      'a flag',
      { host: 'db.corp.example', region: 'cn-north-1' },
      { region: 'cn-north-1', origin: { from: 'option' }, partition: 'aws-cn', kind: undefined },
    ],
    ['a flag, without a host', { region: 'us-gov-west-1' }, { partition: 'aws-us-gov', kind: undefined }],
  ])('is known from %s', (_, target, found) => {
    expect(findRegion(inspectTarget(target))).toMatchObject(found)
  })

  it('is missing if nothing contains it', () => {
    const error = faultOf(() => findRegion(inspectTarget({ host: 'db.corp.example' })))
    expect(error.fault).toEqual({ code: 'ERR_RDS_IAM_OPTIONS', message: 'unknown, see options' })
  })
})

describe('the path of a socket', () => {
  it('has no name to look up', async () => {
    const looking = findAddresses({ path: SOCKET }, HOST, new AbortController().signal)
    await expect(looking).rejects.toThrow(NotDone)
    await expect(looking).rejects.toThrow('--via is the path of a socket')
  })

  it('is the address to connect to', () => {
    expect(addressOf(new Socket(), { path: SOCKET })).toBe(SOCKET)
  })
})

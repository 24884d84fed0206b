// The oldest supported version of each driver, next to the newest. Both have everything that core relies on.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { channels, type LoginRejectedEvent } from '@rds-iam/core'
import { iamMariaDbPool } from '@rds-iam/core/mariadb'
import * as mariadb from 'mariadb'
import * as mariadbOldest from 'mariadb-oldest'
import { describe, expect, it } from 'vitest'
import { startDns } from '../support/dns.ts'
import { drivers } from '../support/drivers.ts'
import { enter, useServers } from '../support/rds.ts'

const known = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
const local = useServers({ keys: [known] })

describe.each(drivers)('$name', ({ engine, build }) => {
  const rds = () => local[engine]()

  it('logs in over verified TLS', async () => {
    enter(rds())
    expect(await build({ credentials: known })()).toBe('iam_user')
  })

  it("drops the token of a rejected login, and adds details to the driver's error", async () => {
    enter(rds())
    let credentials = { accessKeyId: 'AKIANEVERHEARDOF0001', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
    const login = build({ credentials: async () => credentials })
    const events: LoginRejectedEvent[] = []
    const listen = (event: unknown): void => void events.push(event as LoginRejectedEvent) // as documented
    subscribe(channels.loginRejected, listen)
    const error = Object(await login().catch((thrown: unknown) => thrown))
    unsubscribe(channels.loginRejected, listen)

    const iam = {
      endpoint: `localhost:${rds().port}`,
      user: 'iam_user',
      region: 'us-east-1',
      keyId: 'AKIA…0001',
    }
    expect(error.iam).toMatchObject(iam)
    expect(error.message.split('\n').at(-2)).toMatch(
      /^IAM login of iam_user at localhost:\d+ \(us-east-1\), with a token signed by AKIA…0001 \d+ s ago\.$/,
    )
    const url = `${engine === 'postgres' ? 'postgresql' : 'mysql'}://iam_user@localhost:${rds().port}/app`
    expect(error.message.split('\n').at(-1)).toMatch(
      new RegExp(`^To find out why, run: npx rds-iam doctor ${url} --region us-east-1`),
    )
    expect(engine === 'postgres' ? error.code : error.errno).toBe(engine === 'postgres' ? '28000' : 1045)
    expect(error.constructor.name).toMatch(/DatabaseError|^Error$|SqlError/)
    expect(events).toEqual([{ ...iam, ageMs: expect.any(Number), error }])

    credentials = known
    expect(await login()).toBe('iam_user')
  })

  it('reports missing credentials, and leaves no connection open', async () => {
    enter(rds())
    const login = build({ credentials: async () => Promise.reject(new Error('nothing to be found')) })
    await expect(login()).rejects.toMatchObject({
      code: 'ERR_RDS_IAM_CREDENTIALS',
      message: /nothing to be found/,
    })
  })
})

it('mysql2 3.9, which does not expose the certificate, refuses an alias', async () => {
  enter(local.mysql())
  const dns = await startDns({ 'db.corp.example': 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com' })
  const { port } = local.mysql()
  const target = { host: 'db.corp.example', port, user: 'iam_user', cname: true, credentials: known }
  const login = drivers.find(({ name }) => name === 'mysql2 3.9')?.build(target)
  await expect(login?.()).rejects.toThrow(/does not expose the certificate; use 3\.15 or newer/)
  dns.stop()
})

describe.each([
  { name: 'mariadb 3.4', driver: mariadbOldest as unknown as typeof mariadb }, // the types differ only in unused parts
  { name: 'mariadb 3.5', driver: mariadb },
])("$name's pool", ({ driver }) => {
  it('reports a rejected login at once and unchanged, and works again once the key is known', async () => {
    enter(local.mysql())
    let credentials = { accessKeyId: 'AKIANEVERHEARDOF0002', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
    const pool = iamMariaDbPool(driver, { credentials: async () => credentials, acquireTimeout: 60_000 })
    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ errno: 1045, iam: { keyId: 'AKIA…0002' } })
    credentials = known
    expect(await pool.query('SELECT 1 AS one')).toMatchObject([{ one: 1 }])
    await pool.end()
  })

  it('reports missing credentials at once and unchanged', async () => {
    enter(local.mysql())
    const credentials = async () => Promise.reject(new Error('nothing to be found'))
    const pool = iamMariaDbPool(driver, { credentials, acquireTimeout: 60_000 })
    await expect(pool.getConnection()).rejects.toMatchObject({ code: 'ERR_RDS_IAM_CREDENTIALS' })
    await pool.end()
  })
})

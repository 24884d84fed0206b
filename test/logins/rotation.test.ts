// Keys that are rotated during a login.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { channels } from '@rds-iam/core'
import { afterEach, expect, it } from 'vitest'
import { drivers, throughProxy } from '../support/drivers.ts'
import { enter, useServers, verdictsOf } from '../support/rds.ts'
import { startSwitch, type TcpSwitch } from '../support/tcp-switch.ts'

const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfi'
const rotated = { accessKeyId: 'AKIAROTATEDANDGONE01', secretAccessKey }
const known = { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey }
const servers = useServers({ keys: [known], endpoint: { port: 4321 } })

const switches: TcpSwitch[] = []
afterEach(() => Promise.all(switches.splice(0).map((each) => each.stop())))

/** Resolves when a token has been signed with `key`. */
function signedBy({ accessKeyId }: typeof known): Promise<void> {
  return new Promise((resolve) => {
    const see = (message: unknown): void => {
      const { keyId }: { keyId?: string } = Object(message)
      if (!keyId?.endsWith(accessKeyId.slice(-4))) return
      unsubscribe(channels.tokenSigned, see)
      resolve()
    }
    subscribe(channels.tokenSigned, see)
  })
}

it.each([...drivers, ...throughProxy])(
  '$name sends no token that was rejected before the server asks for it',
  async (driver) => {
    const { engine, name, build } = driver
    const rds = servers[engine]()
    enter(rds)
    const way = await startSwitch(rds.port)
    switches.push(way)
    let signings = 0
    const credentials = async () => (signings++ === 0 ? rotated : known)
    const login = build({ port: 4321, via: `127.0.0.1:${way.port}`, credentials })

    const verdicts = await verdictsOf(rds, async () => {
      const held = way.hold(5)
      const logins = [1, 2, 3, 4, 5].map(() => login())
      await held
      const renewed = signedBy(known)
      await expect(login()).rejects.toThrow(/PAM|Access denied/)
      // The others get a token only when the server asks for it.
      if (name.startsWith('mariadb')) await renewed
      way.release()
      expect(await Promise.all(logins)).toEqual(Array(5).fill('iam_user'))
    })
    expect(verdicts.filter(({ admitted }) => !admitted)).toHaveLength(1)
  },
)

it.each(drivers.filter(({ name }) => name.startsWith('mariadb')))(
  '$name fails if no other token has been signed by then',
  async ({ build }) => {
    const rds = servers.mysql()
    enter(rds)
    const way = await startSwitch(rds.port)
    switches.push(way)
    let answer = async () => rotated
    const login = build({ port: 4321, via: `127.0.0.1:${way.port}`, credentials: () => answer() })
    const held = way.hold(1)
    const waiting = login()
    await held
    let hand = (_keys: typeof known): void => {}
    const late = new Promise<typeof known>((resolve) => {
      hand = resolve
    })
    answer = () => late
    await expect(login()).rejects.toThrow('Access denied')
    way.release()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_RDS_IAM_TOKEN_DROPPED' })
    hand(known)
    expect(await login()).toBe('iam_user')
  },
)

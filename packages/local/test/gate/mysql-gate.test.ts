import { describe, expect, it } from 'vitest'
import { connectMariaDb, connectMysql2, DRIVERS, USER } from '../support/clients.ts'
import { useWatched } from '../support/verdicts.ts'

let clockSkewMs = 0
const watched = useWatched({ engine: 'mysql', now: () => Date.now() + clockSkewMs })

const MYSQL_DRIVERS = DRIVERS.filter(({ engine }) => engine === 'mysql')

describe.each(MYSQL_DRIVERS)('a logged-in client of $name', ({ name, open }) => {
  it('has the user and the database that it asked for', async () => {
    const session = await open(watched().local)
    expect(
      await session.query(
        'SELECT CURRENT_USER() AS who, DATABASE() AS place, VERSION() AS version, CAST(@@max_connections AS CHAR) AS most',
      ),
    ).toMatchObject([
      { who: `${USER}@%`, place: 'app', version: watched().local.serverVersion, most: '1000' },
    ])
    await session.end()
  })

  it('may create tables and databases', async () => {
    const session = await open(watched().local)
    await session.query(`CREATE TABLE made_by_${name} (id INT)`)
    await session.query(`CREATE DATABASE more_by_${name}`)
    await session.query(`CREATE TABLE more_by_${name}.made (id INT)`)
    await session.end()
  })

  it('sends and receives megabytes intact', async () => {
    const session = await open(watched().local)
    const text = 'ab'.repeat(4 * 1024 * 1024)
    const [row] = await session.query('SELECT ? AS back', [text])
    expect(row?.back === text).toBe(true)
    const ten = `(SELECT 1 ${'UNION ALL SELECT 1 '.repeat(9)})`
    const rows = [1, 2, 3, 4, 5].map((number) => `${ten} AS t${number}`)
    const many = await session.query(`SELECT REPEAT('row', 100) AS filler FROM ${rows.join(' JOIN ')}`)
    expect(many).toHaveLength(100_000)
    expect(new Set(many.map(({ filler }) => filler))).toEqual(new Set(['row'.repeat(100)]))
    await session.end()
  })

  it('can have fifty connections at once', async () => {
    const sessions = await Promise.all(Array.from({ length: 50 }, () => open(watched().local)))
    const ids = await Promise.all(sessions.map((session) => session.query('SELECT CONNECTION_ID() AS id')))
    expect(new Set(ids.map(([row]) => row?.id)).size).toBe(50)
    await Promise.all(sessions.map((session) => session.end()))
  })

  it('stays connected after its token has expired', async () => {
    const session = await open(watched().local)
    clockSkewMs = 3_600_000
    await expect(open(watched().local)).rejects.toMatchObject({ errno: 1045 })
    clockSkewMs = 0
    expect(await session.query(`SELECT 'in' AS state`)).toMatchObject([{ state: 'in' }])
    await session.end()
  })
})

/** Waits until the query has started, because before that there is nothing to kill. */
async function untilAsleep(id: number | null): Promise<void> {
  const watcher = await connectMariaDb(watched().local)
  const running = 'SELECT id FROM information_schema.processlist WHERE id = ? AND info LIKE ?'
  while ((await watcher.query(running, [id, 'SELECT SLEEP(60)%'])).length === 0);
  await watcher.end()
}

it('a driver knows the connection ID that KILL takes', async () => {
  const victim = await connectMysql2(watched().local)
  victim.on('error', () => {})
  const other = await connectMysql2(watched().local)
  const fate = expect(victim.query('SELECT SLEEP(60)')).rejects.toThrow(/closed|interrupted|killed|gone/i)
  await untilAsleep(victim.threadId)
  await other.query(`KILL ${victim.threadId}`)
  await fate
  await other.end()
})

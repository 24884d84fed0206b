// The tests of logins that every stack passes, in its newest and its oldest versions.
import type { IamTarget } from '@rds-iam/core'
import type { LocalRds } from '@rds-iam/local'
import { expect, it, vi } from 'vitest'
import { atOnce } from './at-once.ts'
import { enter, verdictsOf } from './rds.ts'
import { type Database, type Stack, statements } from './stacks.ts'

/** Opens the stack with its target from the environment, and closes it at the end. */
export async function using(
  stack: Stack,
  rds: LocalRds,
  max: number,
  act: (db: Database) => Promise<void>,
  target: IamTarget = {},
): Promise<void> {
  enter(rds)
  const db = await stack.open(target, max)
  try {
    await act(db)
  } finally {
    await db.close()
  }
}

export function testLogins(stack: Stack, rds: () => LocalRds): void {
  const sql = statements[stack.engine]

  it('runs a query as the IAM user, logged in with a token', async () => {
    const verdicts = await verdictsOf(rds(), () =>
      using(stack, rds(), 1, async (db) => expect(await db.query(sql.user)).toEqual([{ user: 'iam_user' }])),
    )
    const tokens = verdicts.filter(({ keyId }) => keyId !== undefined) // another test's last connection had none
    expect(tokens.length).toBeGreaterThan(0)
    for (const verdict of tokens)
      expect(verdict).toMatchObject({ admitted: true, user: 'iam_user', database: 'app' })
  })

  it('opens 20 connections at once', async () => {
    await using(stack, rds(), 20, async (db) => {
      const ids = (await atOnce(stack, db, 20)).map((end) => end.status === 'fulfilled' && end.value)
      expect(new Set(ids).size).toBe(20)
      expect(ids).not.toContain(false)
    })
  })

  it('logs in again after the server has closed its connection', async () => {
    await using(stack, rds(), 1, async (db) => {
      const [before] = await db.query(sql.connectionId)
      await using(stack, rds(), 1, async (killer) => {
        await killer.query(sql.killOthers ?? `KILL ${before?.id}`).catch(() => {})
      })
      const [after] = await vi.waitFor(() => db.query(sql.connectionId), 30_000)
      expect(after?.id).not.toBe(before?.id)
    })
  })
}

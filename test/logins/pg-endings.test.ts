// How pg's connections end on failures.
import { iamPgConfig } from '@rds-iam/core/pg'
import type { Verdict } from '@rds-iam/local'
import pg from 'pg'
import pgOldest from 'pg-oldest'
import { expect, it } from 'vitest'
import { enter, useLocalRds } from '../support/rds.ts'

let decide = (_verdict: Verdict): void => {}
const rds = useLocalRds({ engine: 'postgres', onVerdict: (verdict) => decide(verdict) })

it.each([
  { name: 'pg 8.11', Client: pgOldest.Client },
  { name: 'pg 8.23', Client: pg.Client },
])('closes the connection of $name if there is no token for it', async ({ Client }) => {
  enter(rds())
  const decided = new Promise<Verdict>((resolve) => {
    decide = resolve
  })
  const credentials = () => Promise.reject(new Error('the vault is closed'))
  await expect(new Client(iamPgConfig({ credentials })).connect()).rejects.toThrow('the vault is closed')
  expect(await decided).toMatchObject({ reason: 'incomplete' }) // otherwise, the gate reports its timeout
})

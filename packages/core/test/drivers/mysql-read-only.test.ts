import { expect, it } from 'vitest'
import { saysReadOnly } from '../../src/drivers/mysql-read-only.ts'

const option = (name: string): string =>
  `The MySQL server is running with the ${name} option so it cannot execute this statement`

it.each([
  [1290, option('--read-only'), true],
  [1290, option('--super-read-only'), true],
  [1290, 'Der MariaDB-Server läuft mit der Option --read-only …', true],
  [1290, option('--skip-grant-tables'), false],
  [1290, option('--secure-file-priv'), false],
  [1836, 'Running in read-only mode', true],
  [1792, 'Cannot execute statement in a READ ONLY transaction.', false],
  [1045, 'Access denied', false],
])('%i: %s', (errno, sqlMessage, expected) => {
  // mariadb appends the statement and its values to the message.
  const error = new Error(`${sqlMessage}\nsql: INSERT INTO options VALUES (?) - parameters:['--read-only']`)
  expect(saysReadOnly(Object.assign(error, { errno, sqlMessage }))).toBe(expected)
})

it('of a value that is not an error', () => {
  expect([undefined, null, 'x'].map(saysReadOnly)).toEqual([false, false, false])
})

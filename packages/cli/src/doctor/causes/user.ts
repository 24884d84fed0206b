// Causes in the database: a user who is unknown there, or logs in by an ordinary password.
import { thingOf } from './aws.ts'
import { act, type Rule, sql } from './cause.ts'
import { rejection } from './rejection.ts'
import { create, lookUp } from './sql.ts'

export const letters: Rule = (found) => {
  const { user = '', engine = 'postgres' } = found.subject
  if (rejection(found) !== 'password' || user === user.toLowerCase()) return undefined
  return {
    id: 'case',
    certainty: 'likely',
    title: `The user is not called ${user}, but ${user.toLowerCase()}`,
    because:
      engine === 'postgres'
        ? 'PostgreSQL makes the names of users small when they are created without quotes'
        : 'names of users are compared letter by letter',
    cures: [sql(lookUp[engine](user))],
  }
}

/** Not behind a proxy, which logs in by a password itself. */
export const user: Rule = (found) => {
  const { user = '', engine = 'postgres' } = found.subject
  if (rejection(found) !== 'password' || thingOf(found) === 'proxy') return undefined
  const condition =
    engine === 'postgres' ? 'is not in rds_iam' : 'was not created with AWSAuthenticationPlugin'
  return {
    id: 'user',
    certainty: 'likely',
    title: `${user} ${condition}, or does not exist`,
    because: `the server wanted an ordinary password of ${user}: the token was never looked at, so policy, key and clock don't matter yet`,
    cures: [
      sql(lookUp[engine](user)),
      sql(create[engine](user)),
      ...(engine === 'postgres'
        ? []
        : [act("and see that the user's host part, such as '%', covers this machine")]),
    ],
  }
}

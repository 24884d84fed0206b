// The cause behind a local RDS, which knows all reasons, and tells them to whoever runs it.
import { parseRdsHost } from '@rds-iam/core'
import { act, type Case, foundIn, type Rule } from './cause.ts'
import { rejection } from './rejection.ts'

/** What @rds-iam/local calls its certificate authority. */
const ROOT = /^rds-iam local root\b/

/** One that passes for an RDS endpoint, by its certificate, is taken for that. */
function isLocal(found: Case): boolean {
  const tls = foundIn(found, 'tls')
  return (
    tls?.issuers.some((issuer) => ROOT.test(issuer)) === true && !tls.names.some((name) => parseRdsHost(name))
  )
}

export const local: Rule = (found) => {
  if (rejection(found) === undefined || !isLocal(found)) return undefined
  return {
    id: 'local',
    certainty: 'proven',
    title: 'This is a local RDS, whose own output tells the reason',
    because: `its certificate is signed by ${foundIn(found, 'tls')?.issuers.at(-1)}; neither AWS nor a policy is asked`,
    cures: [
      act('see the line that `rds-iam local` printed for this login; in a test, rds.verdicts.at(-1)'),
      act('user, region and keys are to be those of the environment that it prints, or has in rds.env'),
    ],
  }
}

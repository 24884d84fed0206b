// The order of the test files: the longest start first, so that none runs alone at the end. Vitest sorts by the durations
// of the last run, which a fresh clone doesn't have.
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take more than 8 seconds. */
const LONGEST = [
  'test/transparent/prisma.test.ts',
  'test/transparent/typeorm.test.ts',
  'packages/local/test/servers/lifecycle.test.ts',
  'test/cli/local.test.ts',
  'test/logins/failover.test.ts',
  'test/transparent/knex.test.ts',
  'test/doctor/doctor.test.ts',
  'test/logins/credential-sources.test.ts',
  'test/doctor/aws.test.ts',
  'test/cli/output.test.ts',
  'test/doctor/servers.test.ts',
  'packages/local/test/gate/silent-clients.test.ts',
  'test/logins/adapters.test.ts',
  'test/logins/field-failures.test.ts',
  'test/logins/routes.test.ts',
  'packages/local/test/local-rds.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`))
      return place === -1 ? LONGEST.length : place
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

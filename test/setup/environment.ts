// Removes the developer's databases, AWS accounts, trusted roots and language from the environment. Each test sets what it
// needs.
import { devNull } from 'node:os'

/** Keeps the MySQL to test with, and the folder for coverage. */
const OWN = /^(AWS_|PG|MYSQL|DATABASE_URL$|NODE_EXTRA_CA_CERTS$|RDS_IAM_(?!LOCAL_|COVERAGE$))/

for (const name of Object.keys(process.env)) if (OWN.test(name)) delete process.env[name]
process.env.AWS_CONFIG_FILE = devNull
process.env.AWS_SHARED_CREDENTIALS_FILE = devNull
process.env.LC_ALL = 'C'

// The AWS SDK warns of Node.js 20 in each process that loads it.
const { emitWarning } = process
process.emitWarning = (warning: string | Error, ...more: unknown[]) => {
  if (!String(warning).includes('NodeVersionSupportWarning'))
    Reflect.apply(emitWarning, process, [warning, ...more])
}

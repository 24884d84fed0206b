// Takes the developer's own databases, AWS accounts and language out of the environment: each test writes what it needs.
import { devNull } from 'node:os'

/** But not the MySQL to test with, nor where coverage goes. */
const OWN = /^(AWS_|PG|MYSQL|DATABASE_URL$|RDS_IAM_(?!LOCAL_|COVERAGE$))/

for (const name of Object.keys(process.env)) if (OWN.test(name)) delete process.env[name]
process.env.AWS_CONFIG_FILE = devNull
process.env.AWS_SHARED_CREDENTIALS_FILE = devNull
process.env.LC_ALL = 'C'

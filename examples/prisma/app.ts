// Logs in to RDS by IAM through Prisma and asks the database for the time.
// Which database, and as whom: DATABASE_URL=postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app
import { engineOf } from '@rds-iam/core'

const { prisma } = engineOf() === 'mysql' ? await import('./mysql.ts') : await import('./postgres.ts')

try {
  const [row] = await prisma.$queryRaw<{ now: Date }[]>`SELECT now() AS now`
  console.log(row?.now.toISOString())
} finally {
  await prisma.$disconnect()
}

// Prisma on MySQL with a rejected first login. Prints each report on one line. Must then end by itself.
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { PrismaClient } from '../../../examples/prisma/generated/mysql/client.ts'

const credentials = { accessKeyId: 'AKIANEVERHEARDOF0001', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
const prisma = new PrismaClient({ adapter: iamMariaDb({ credentials, acquireTimeout: 3_600_000 }) })
for (const act of [
  () => prisma.$connect(),
  () => prisma.$queryRaw`SELECT 1`,
  () => prisma.$executeRaw`DO 1`,
]) {
  const { name, code, message, meta } = await act().then(() => ({}), Object)
  console.log(JSON.stringify({ name, code, message, driver: meta?.driverAdapterError }))
}
await prisma.$disconnect()

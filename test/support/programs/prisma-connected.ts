// Prints whether Node.js tracks promises after a Prisma client has connected, which would slow down the whole process.
import { executionAsyncId } from 'node:async_hooks'
import { iamMariaDb } from '@rds-iam/prisma/mariadb'
import { PrismaClient } from '../../../examples/prisma/generated/mysql/client.ts'

const prisma = new PrismaClient({ adapter: iamMariaDb() })
await prisma.$connect()
await prisma.$disconnect()
// A promise has an id of its own only while hooks are enabled.
const ids = [await Promise.resolve().then(executionAsyncId), await Promise.resolve().then(executionAsyncId)]
console.log(ids[0] === ids[1] ? 'nothing is tracked' : 'promises are tracked')

// For Prisma's CLI (migrate, db pull, studio). The client doesn't read this file. It logs in through its adapter.
import { engineOf } from '@rds-iam/core'
import { iamDatasourceUrl } from '@rds-iam/prisma'
import { defineConfig } from 'prisma/config'

const engine = engineOf()

export default defineConfig({
  schema: `prisma/${engine ?? 'postgres'}.prisma`,
  // Other commands than `prisma generate` need a database.
  ...(engine && { datasource: { url: await iamDatasourceUrl() } }),
})

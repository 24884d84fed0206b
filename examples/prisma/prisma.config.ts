// For Prisma's CLI (migrate, db pull, studio). The client doesn't read it: it logs in through its adapter.
import { engineOf } from '@rds-iam/core'
import { iamDatasourceUrl } from '@rds-iam/prisma'
import { defineConfig } from 'prisma/config'

const engine = engineOf()

export default defineConfig({
  schema: `prisma/${engine ?? 'postgres'}.prisma`,
  // `prisma generate` needs no database; whatever does gets a token that is good for 15 minutes.
  ...(engine && { datasource: { url: await iamDatasourceUrl() } }),
})

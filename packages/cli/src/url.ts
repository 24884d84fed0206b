// `rds-iam url`: a database URL that holds a token.
import { type IamTarget, iamDatabaseUrl, type UrlReader } from '@rds-iam/core'

export async function url(target: IamTarget, reader: UrlReader): Promise<number> {
  process.stdout.write(`${await iamDatabaseUrl(target, { for: reader })}\n`)
  return 0
}

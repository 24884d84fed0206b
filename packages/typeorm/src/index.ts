// IAM login for TypeORM: the options to hand to `new DataSource()`.
export {
  type IamMysqlOptions,
  type IamOptions,
  type IamPostgresOptions,
  type IamServer,
  iamDataSourceOptions,
} from './options.ts'

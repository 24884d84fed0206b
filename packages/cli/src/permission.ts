// What a policy must allow for a database user to log in: an action, on a resource.
import { resourceOf } from './aws-resource.ts'

export interface Permission {
  readonly action: string
  /** The resource's ARN. */
  readonly arn: string
}

export interface Permitted {
  readonly host: string
  readonly user: string
  readonly region: string | undefined
  readonly partition: string | undefined
  /** Undefined or a placeholder, if it is not known. */
  readonly account: string | undefined
  /** The ID that RDS knows the database by. Aurora DSQL's is in the host's name. */
  readonly resourceId: string | undefined
}

/**
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html,
 * https://docs.aws.amazon.com/aurora-dsql/latest/userguide/authentication-authorization.html
 */
export function permissionOf(permitted: Permitted): Permission {
  const { host, user, region, partition, account, resourceId } = permitted
  const { kind, identifier } = resourceOf(host)
  const place = `${region}:${account}`
  return kind === 'dsql'
    ? { action: dsqlAction(user), arn: `arn:${partition}:dsql:${place}:cluster/${identifier}` }
    : { action: 'rds-db:connect', arn: `arn:${partition}:rds-db:${place}:dbuser:${resourceId}/${user}` }
}

function dsqlAction(user: string): string {
  return user === 'admin' ? 'dsql:DbConnectAdmin' : 'dsql:DbConnect'
}

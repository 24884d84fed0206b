// What the name of an endpoint says: the service that it belongs to, and the region that it is in.
import type { Service } from '../admission/admission.ts'
import { regionOfHost } from './region-of-host.ts'

export interface EndpointHost {
  service: Service
  /** Undefined if the name does not say it. */
  region: string | undefined
}

/** Also `dsql-fips`, and what AWS PrivateLink puts there, such as `dsql-fnh4`. */
const DSQL = /^[a-z0-9]+\.dsql(?:-[a-z0-9]+)?\.([a-z]+(?:-[a-z]+)+-\d+)\.on\.aws$/

/** `host` in small letters and without the root's dot. */
export function readEndpointHost(host: string): EndpointHost {
  const dsql = DSQL.exec(host)?.[1]
  return dsql === undefined
    ? { service: 'rds-db', region: regionOfHost(host) }
    : { service: 'dsql', region: dsql }
}

// Reads the service and the region from an endpoint's host name.
import type { Service } from '../admission/admission.ts'
import { regionOfHost } from './region-of-host.ts'

export interface EndpointHost {
  service: Service
  /** Undefined if the name doesn't contain it. */
  region: string | undefined
}

/** Also matches `dsql-fips`, and the names of AWS PrivateLink such as `dsql-fnh4`. */
const DSQL = /^[a-z0-9]+\.dsql(?:-[a-z0-9]+)?\.([a-z]+(?:-[a-z]+)+-\d+)\.on\.aws$/

/** `host` must be in lower case, without a trailing dot. */
export function readEndpointHost(host: string): EndpointHost {
  const dsql = DSQL.exec(host)?.[1]
  return dsql === undefined
    ? { service: 'rds-db', region: regionOfHost(host) }
    : { service: 'dsql', region: dsql }
}

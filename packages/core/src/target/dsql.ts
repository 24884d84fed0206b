// What Aurora DSQL demands of a target.
import { type Origin, shown } from '../errors.ts'
import type { Problems } from '../problems.ts'
import { DEFAULT_PORTS } from './engine.ts'
import type { Engine } from './target.ts'
import { portNumber, type Sourced } from './values.ts'

/** The only database of a cluster. https://docs.aws.amazon.com/aurora-dsql/latest/userguide/accessing.html */
export const DSQL_DATABASE = 'postgres'

/** Refuses what no cluster of Aurora DSQL has: MySQL's protocol, and another port. */
export function checkDsql(
  host: Sourced,
  port: Sourced,
  [engine, origin]: readonly [engine: Engine | undefined, origin: Origin],
  problems: Problems,
): void {
  if (engine === 'mysql') {
    problems.add({
      option: 'engine',
      from: origin,
      seen: `is mysql, but ${shown(host.value)} is a cluster of Aurora DSQL, which speaks PostgreSQL`,
      instead: ['write ', { option: 'engine', value: 'postgres' }, ", and use PostgreSQL's driver"],
    })
    return // its default port would be wrong, too
  }
  const number = portNumber(port.value)
  if (number === undefined || number === DEFAULT_PORTS.postgres) return
  problems.add({
    option: port.option,
    from: port.from,
    seen: `${number} is not the port of Aurora DSQL, which is always ${DEFAULT_PORTS.postgres}`,
    instead: ['leave it out; if a tunnel listens there, write its address as ', { option: 'via' }],
  })
}

/**
 * A VPC endpoint's own name, such as `vpce-04037adb76c111221-d849uc2p.dsql-fnh4.us-east-1.vpce.amazonaws.com`, does not say
 * which cluster is meant, and no certificate is for it.
 */
const VPC_ENDPOINT = /\.(dsql(?:-[a-z0-9]+)?\.[a-z0-9-]+)\.vpce\.amazonaws\.com\.?$/i

export function refuseVpcEndpoint({ option, from, value }: Sourced, problems: Problems): void {
  const place = typeof value === 'string' ? VPC_ENDPOINT.exec(value)?.[1]?.toLowerCase() : undefined
  if (typeof value !== 'string' || place === undefined) return
  problems.add({
    option,
    from,
    seen: `${shown(value)} is the name of a VPC endpoint, not of a cluster of Aurora DSQL`,
    instead: [
      'write ',
      { option: 'host', value: `ID.${place}.on.aws` },
      " with the cluster's id, and ",
      { option: 'via', value },
    ],
  })
}

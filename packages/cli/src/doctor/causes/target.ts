// Causes in the target: its options, and what its token is signed for.
import { DEFAULT_PORTS, parseRdsHost } from '@rds-iam/core'
import type { RegionFound } from '../examination.ts'
import { endpointBehind } from '../vocabulary.ts'
import { act, type Cause, faultIn, foundIn, namesIn, type Rule, sh, whenTokenRefused } from './cause.ts'
import { askRds, flag, resourceIn } from './commands.ts'

export const options: Rule = (found) =>
  foundIn(found, 'options')?.problems.map(({ option, seen, instead }) => ({
    id: 'options',
    certainty: 'proven',
    title: `${option} ${seen}`,
    cures: [act(instead)],
  }))

export const alias: Rule = (found) => {
  const { host, via, cname } = found.subject
  const { cnames } = namesIn(found)
  const endpoint = endpointBehind(host, cnames)
  const fault = faultIn(found, 'token')
  const isDsql = endpoint !== undefined && parseRdsHost(endpoint)?.kind === 'dsql'
  if (host !== undefined && endpoint !== undefined && (!cname || isDsql)) {
    const dialled = via === undefined ? `; add ${flag('via', host)} if you must connect to that name` : ''
    return {
      id: 'alias',
      certainty: 'proven',
      title: isDsql
        ? `${host} is an alias, but Aurora DSQL finds a cluster only by its own name`
        : `${host} is an alias, but RDS accepts only tokens that are signed for the endpoint's own name`,
      because: `DNS: ${[host, ...cnames].join(' → ')}`,
      cures: [
        act(`write ${flag('host', endpoint)}${dialled}`),
        ...(isDsql
          ? []
          : [act(`or add --cname, if you trust whoever controls the DNS of ${host} to choose the database`)]),
      ],
    }
  }
  if (fault?.code !== 'ERR_RDS_IAM_ALIAS') return undefined
  const region = foundIn(found, 'region')
  const theirs = endpoint === undefined ? undefined : parseRdsHost(endpoint)?.region
  if (region && theirs !== undefined) return wrongRegion(region, theirs, `${host} is an alias of ${endpoint}`)
  const title = `${host} is not an alias of an RDS endpoint, although --cname is set`
  return { id: 'alias', certainty: 'proven', title, cures: [act("set --host to RDS's own endpoint")] }
}

/** The token is signed for a region other than the endpoint's. Several steps may notice it. */
export function wrongRegion({ region, origin }: RegionFound, theirs: string, because: string): Cause {
  const { from, name } = origin
  const source =
    from === 'environment' ? ` (from ${name})` : from === 'profile' ? ` (from the profile ${name})` : ''
  return {
    id: 'region',
    certainty: 'proven',
    title: `The endpoint is in ${theirs}, not in ${region}${source}`,
    because,
    cures: [act(`write ${flag('region', theirs)}`)],
  }
}

export const host: Rule = whenTokenRefused((found) => {
  const { host = '', port, via } = found.subject
  const { cnames } = namesIn(found)
  if (parseRdsHost(host) || cnames.some((name) => parseRdsHost(name))) return undefined
  const rds = foundIn(found, 'tls')?.names.find((name) => parseRdsHost(name))
  const dial = flag('via', via ?? `${host}:${port}`)
  return {
    id: 'host',
    certainty: rds ? 'proven' : 'likely',
    title: `The token is signed for ${host}, which is not the name of an RDS endpoint`,
    because: rds
      ? `the server's certificate is for ${rds}`
      : `--host names the endpoint, --via the address to connect to; ${host} looks like the latter`,
    cures: rds
      ? [act(`write ${flag('host', rds)} ${dial}`)]
      : [
          sh(askRds(found, 'endpoint')),
          act(`then set --host to the endpoint that this prints, and add ${dial}`),
        ],
  }
})

export const region: Rule = whenTokenRefused((found) => {
  const region = foundIn(found, 'region')
  const tls = foundIn(found, 'tls')
  if (!region || !tls || region.origin.from === 'host') return undefined
  const { names } = tls
  const { cnames } = namesIn(found)
  for (const [list, source] of [
    [cnames, 'DNS'],
    [names, 'its certificate'],
  ] as const) {
    const seen = list.find((name) => parseRdsHost(name)?.region)
    const theirs = seen && parseRdsHost(seen)?.region
    if (theirs && theirs !== region.region) return wrongRegion(region, theirs, `${source}: ${seen}`)
  }
  if (cnames.concat(names).some((name) => parseRdsHost(name)?.region === region.region)) return undefined
  return {
    id: 'region',
    certainty: 'possible',
    title: `The endpoint may be in a region other than ${region.region}: its name does not contain one`,
    cures: [
      sh(askRds(found, 'endpoint')),
      act("if it is not listed there, set --region to the endpoint's region"),
    ],
  }
})

export const port: Rule = whenTokenRefused((found) => {
  const { via, port, engine = 'postgres' } = found.subject
  // Without via, the token is signed for the port that the connection goes to.
  if (via === undefined) return undefined
  const usual = DEFAULT_PORTS[engine]
  if (port === usual) return impliedPort(found)
  return {
    id: 'port',
    certainty: 'likely',
    title: `The token is signed for port ${port}, which is probably not the endpoint's own port`,
    because: via.endsWith(`:${port}`)
      ? `${port} is the port of the tunnel, ${via}`
      : `RDS listens on ${usual} unless it is configured otherwise`,
    cures: [
      sh(askRds(found, 'endpoint')),
      act(`set --port to the endpoint's own port, probably ${usual}, and add ${flag('via', via)}`),
    ],
  }
})

/** Applies if the user didn't set the port. RDS Proxy and Aurora DSQL use only the default. */
const impliedPort: Rule = (found) => {
  const { port, via } = found.subject
  const origin = foundIn(found, 'options')?.values.find(({ name }) => name === 'port')?.origin
  const { kind } = resourceIn(found)
  if (origin?.from !== 'default' || kind === 'proxy' || kind === 'dsql') return undefined
  return {
    id: 'port',
    certainty: 'possible',
    title: `The endpoint may listen on a port other than ${port}, the default that the token is signed for`,
    because: `the connection goes to the tunnel, ${via}, which does not show the endpoint's port`,
    cures: [sh(askRds(found, 'endpoint')), act("set --port to the endpoint's own port, and keep --via")],
  }
}

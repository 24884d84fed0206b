// Causes of a token that was looked at and refused, in what it is signed for: host, region and port.
import { parseRdsHost } from '@rds-iam/core'
import { askRds, thingOf } from './aws.ts'
import { act, foundIn, namesIn, type Rule, sh } from './cause.ts'
import { wrongRegion } from './region.ts'
import { ofToken } from './rejection.ts'
import { flag } from './target.ts'

export const host: Rule = ofToken((found) => {
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
      ? `the server's certificate is that of ${rds}`
      : `--host is who, --via is where: ${host} looks like a where`,
    cures: rds
      ? [act(`${flag('host', rds)} ${dial}`)]
      : [sh(askRds(found, 'endpoint')), act(`--host ENDPOINT, which that tells, and ${dial}`)],
  }
})

export const region: Rule = ofToken((found) => {
  const region = foundIn(found, 'region')
  const tls = foundIn(found, 'tls')
  if (!region || !tls || region.origin.from === 'host') return undefined
  const { names } = tls
  const { cnames } = namesIn(found)
  for (const [list, says] of [
    [cnames, 'DNS'],
    [names, 'its certificate'],
  ] as const) {
    const seen = list.find((name) => parseRdsHost(name)?.region)
    const theirs = seen && parseRdsHost(seen)?.region
    if (theirs && theirs !== region.region) return wrongRegion(region, theirs, `${says}: ${seen}`)
  }
  if (cnames.concat(names).some((name) => parseRdsHost(name)?.region === region.region)) return undefined
  return {
    id: 'region',
    certainty: 'possible',
    title: `The endpoint is in another region than ${region.region}, which its name does not confirm`,
    cures: [sh(askRds(found, 'endpoint')), act('if it is not listed there: --region REGION, its own')],
  }
})

const DEFAULT_PORTS = { postgres: 5432, mysql: 3306 } as const

export const port: Rule = ofToken((found) => {
  const { via, port, engine = 'postgres' } = found.subject
  // Without via, the port that was dialled is the one that was signed.
  if (via === undefined) return undefined
  const usual = DEFAULT_PORTS[engine]
  if (port === usual) return unsaidPort(found)
  return {
    id: 'port',
    certainty: 'likely',
    title: `The token is signed for port ${port}, and the endpoint's own is another`,
    because: via.endsWith(`:${port}`)
      ? `${port} is the port of the tunnel, ${via}`
      : `RDS listens at ${usual} unless it is told otherwise`,
    cures: [
      sh(askRds(found, 'endpoint')),
      act(`--port NUMBER, the endpoint's own, most likely ${usual}; and ${flag('via', via)}`),
    ],
  }
})

/** The usual port goes without saying; whoever says it may be believed. A proxy has no other. */
const unsaidPort: Rule = (found) => {
  const { port, via } = found.subject
  const origin = foundIn(found, 'options')?.values.find(({ name }) => name === 'port')?.origin
  if (origin?.from !== 'default' || thingOf(found) === 'proxy') return undefined
  return {
    id: 'port',
    certainty: 'possible',
    title: `The endpoint listens at another port than ${port}, which is signed as nobody says one`,
    because: `what answers is the tunnel, at ${via}`,
    cures: [sh(askRds(found, 'endpoint')), act("--port NUMBER, the endpoint's own, beside --via")],
  }
}

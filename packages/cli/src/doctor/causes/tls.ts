// Causes at the server's door: what it speaks, and whose certificate it shows.
import { parseRdsHost } from '@rds-iam/core'
import { askRds } from './aws.ts'
import { act, type Cause, faultIn, foundIn, type Rule, sh } from './cause.ts'
import { wrongRegion } from './region.ts'
import { flag } from './target.ts'

const ENGINES = { postgres: 'PostgreSQL', mysql: 'MySQL' } as const

export const protocol: Rule = (found) => {
  const fault = faultIn(found, 'tls')
  const { engine = 'postgres', via } = found.subject
  const address = foundIn(found, 'tcp')?.address
  const at = via ?? address
  switch (fault?.code) {
    case 'wrong-engine': {
      const other = engine === 'mysql' ? 'postgres' : 'mysql'
      return {
        id: 'engine',
        certainty: 'proven',
        title: `${at} speaks ${ENGINES[other]}, not ${ENGINES[engine]}`,
        cures: [act(`${flag('engine', other)}, or ${other}:// as the URL's scheme; or the right --port`)],
      }
    }
    case 'no-tls':
      return {
        id: 'no-tls',
        certainty: 'proven',
        title: `${at} speaks no TLS, so it is no RDS endpoint`,
        because: 'a server of your own, a pooler, or a proxy stands there; a token must not go to it',
        cures: [act('dial the RDS endpoint itself, or a tunnel that leads to it')],
      }
    case 'not-a-database':
    case 'timeout':
    case 'closed':
    case 'ECONNRESET':
      return {
        id: 'no-database',
        certainty: 'proven',
        title: `What answers at ${at} does not behave like a database: ${fault.message}`,
        ...(via === undefined ? {} : { because: 'the tunnel is open, but its other end may not be' }),
        cures: [sh(askRds(found, 'status'))],
      }
    default:
      return undefined
  }
}

export const certificate: Rule = (found) => {
  const fault = faultIn(found, 'tls')
  const tls = foundIn(found, 'tls')
  if (!tls) return undefined
  const top = tls.issuers.at(-1)
  switch (fault?.code) {
    case 'untrusted': {
      const theirs = regionOfIssuer(tls.issuers)
      const signed = foundIn(found, 'region')
      if (!signed) return theirs === undefined ? undefined : unsaidRegion(theirs)
      const { region } = signed
      if (theirs !== undefined && theirs !== region)
        return wrongRegion(signed, theirs, `its certificate is by ${top}`)
      return {
        id: 'untrusted',
        certainty: 'proven',
        title:
          theirs === undefined
            ? `The certificate is not signed by Amazon, but by ${top}`
            : `The certificate is signed by ${top}, which is newer than the roots at hand`,
        because:
          theirs === undefined
            ? 'not an RDS endpoint, or something between that opens TLS; no token goes there'
            : `the roots that come with rds-iam, for ${region}`,
        cures: [
          theirs === undefined
            ? act('if it is yours, hand over its root: --ca FILE, or NODE_EXTRA_CA_CERTS')
            : act(
                `hand over the current ones: --ca FILE, of https://truststore.pki.rds.amazonaws.com/${region}/${region}-bundle.pem`,
              ),
        ],
      }
    }
    case 'wrong-name': {
      const { via, host, port } = found.subject
      const rds = tls.names.find((name) => parseRdsHost(name))
      return {
        id: 'name',
        certainty: 'proven',
        title: `The server is not ${tls.expected}`,
        because: `its certificate is for ${tls.names.join(', ')}`,
        cures: [
          act(
            rds
              ? `${flag('host', rds)} ${flag('via', via ?? `${host}:${port}`)}`
              : '--host NAME, the one that it bears',
          ),
        ],
      }
    }
    case 'expired':
    case 'not-yet-valid':
      return {
        id: 'certificate-dates',
        certainty: 'proven',
        title: `The server's certificate is out of its dates: ${fault.message.replace(/^its certificate /, '')}`,
        cures: [
          sh(askRds(found, 'status')),
          act(
            "check this machine's clock; else renew the certificate: aws rds modify-db-instance --ca-certificate-identifier",
          ),
        ],
      }
    default:
      return undefined
  }
}

/** Without a region there are no roots to trust; the certificate tells it nevertheless. */
function unsaidRegion(theirs: string): Cause {
  const title = `By the server's certificate, the endpoint is in ${theirs}`
  return { id: 'region', certainty: 'proven', title, cures: [act(flag('region', theirs))] }
}

/** `Amazon RDS eu-central-1 Root CA RSA2048 G1`, and its subordinates. */
function regionOfIssuer(issuers: readonly string[]): string | undefined {
  return issuers.flatMap((issuer) => /^Amazon RDS ([a-z]+(?:-[a-z]+)+-\d) /.exec(issuer)?.[1] ?? [])[0]
}

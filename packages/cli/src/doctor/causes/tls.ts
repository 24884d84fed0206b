// Causes that the TLS step finds: another protocol, or a wrong certificate.
import { parseRdsHost } from '@rds-iam/core'
import type { Fault, TlsFound } from '../examination.ts'
import { act, type Case, type Cause, faultIn, foundIn, type Rule, sh } from './cause.ts'
import { askRds, flag } from './commands.ts'
import { wrongRegion } from './target.ts'

const ENGINES = { postgres: 'PostgreSQL', mysql: 'MySQL' } as const

export const protocol: Rule = (found) => {
  const fault = faultIn(found, 'tls')
  const { engine = 'postgres', via } = found.subject
  const at = via ?? foundIn(found, 'tcp')?.address
  switch (fault?.code) {
    case 'wrong-engine': {
      const other = engine === 'mysql' ? 'postgres' : 'mysql'
      return {
        id: 'engine',
        certainty: 'proven',
        title: `${at} speaks ${ENGINES[other]}, not ${ENGINES[engine]}`,
        cures: [act(`write ${flag('engine', other)}, or ${other}:// as the URL's scheme; or check --port`)],
      }
    }
    case 'no-tls':
      return {
        id: 'no-tls',
        certainty: 'proven',
        title: `${at} does not support TLS, so it is not an RDS endpoint`,
        because: 'it is your own server, a pooler or a proxy; a token must not be sent to it',
        cures: [act('connect to the RDS endpoint itself, or to a tunnel that leads to it')],
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
  switch (fault?.code) {
    case 'untrusted':
      return untrusted(found, tls)
    case 'wrong-name':
      return otherServer(found, tls)
    case 'expired':
    case 'not-yet-valid':
      return outOfDate(found, fault)
    default:
      return undefined
  }
}

function untrusted(found: Case, { issuers }: TlsFound): Cause | undefined {
  const top = issuers.at(-1)
  const theirs = regionOfIssuer(issuers)
  const signed = foundIn(found, 'region')
  if (!signed) return theirs === undefined ? undefined : missingRegion(theirs)
  const { region } = signed
  if (theirs !== undefined && theirs !== region)
    return wrongRegion(signed, theirs, `its certificate is signed by ${top}`)
  const untrusted = { id: 'untrusted', certainty: 'proven' } as const
  if (theirs === undefined) {
    return {
      ...untrusted,
      title: `The certificate is signed by ${top}, not by Amazon`,
      because:
        'the server is not an RDS endpoint, or something in between intercepts TLS; no token is sent to it',
      cures: [act('if it is yours, pass its root: --ca FILE, or NODE_EXTRA_CA_CERTS')],
    }
  }
  const bundle = `https://truststore.pki.rds.amazonaws.com/${region}/${region}-bundle.pem`
  return {
    ...untrusted,
    title: `The certificate is signed by ${top}, which this version of rds-iam does not contain`,
    because: `AWS probably added this root for ${region} after the version was released`,
    cures: [act(`save the current roots, ${bundle}, and pass them: --ca FILE`)],
  }
}

function otherServer(found: Case, { names, expected }: TlsFound): Cause {
  const { via, host, port } = found.subject
  const rds = names.find((name) => parseRdsHost(name))
  return {
    id: 'name',
    certainty: 'proven',
    title: `The server is not ${expected}`,
    because: `its certificate is for ${names.join(', ')}`,
    cures: [
      act(
        rds
          ? `write ${flag('host', rds)} ${flag('via', via ?? `${host}:${port}`)}`
          : 'set --host to a name in the certificate',
      ),
    ],
  }
}

function outOfDate(found: Case, { message }: Fault): Cause {
  return {
    id: 'certificate-dates',
    certainty: 'proven',
    title: `The server's certificate is not valid today: ${message.replace(/^its certificate /, '')}`,
    cures: [
      sh(askRds(found, 'status')),
      act(
        "check this machine's clock; if it is right, renew the certificate: aws rds modify-db-instance --ca-certificate-identifier",
      ),
    ],
  }
}

/** Without a region there are no roots to trust, but the certificate shows the region. */
function missingRegion(theirs: string): Cause {
  const title = `The region is unknown. According to the server's certificate, it is ${theirs}`
  return { id: 'region', certainty: 'proven', title, cures: [act(`write ${flag('region', theirs)}`)] }
}

/** Matches `Amazon RDS eu-central-1 Root CA RSA2048 G1` and its subordinates. */
function regionOfIssuer(issuers: readonly string[]): string | undefined {
  return issuers.flatMap((issuer) => /^Amazon RDS ([a-z]+(?:-[a-z]+)+-\d) /.exec(issuer)?.[1] ?? [])[0]
}

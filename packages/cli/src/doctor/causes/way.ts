// Causes on the way to the server: options, name, and connection.
import { isIP } from 'node:net'
import { parseRdsHost } from '@rds-iam/core'
import { flagOf, inFlags } from '../../flags.ts'
import { shellWord } from '../../shell.ts'
import { aliased } from '../steps/network.ts'
import { askRds } from './aws.ts'
import { act, faultIn, foundIn, namesIn, type Rule, sh } from './cause.ts'
import { wrongRegion } from './region.ts'
import { flag } from './target.ts'

export const options: Rule = (found) =>
  foundIn(found, 'options')?.problems.map(({ option, message }) => {
    const [what = '', ...instead] = inFlags(message).split('; ')
    return {
      id: 'options',
      certainty: 'proven',
      title: `${flagOf(option)} ${what}`,
      cures: [instead.length === 0 ? sh('rds-iam doctor --help') : act(instead.join('; '))],
    }
  })

export const alias: Rule = (found) => {
  const { host, via, cname } = found.subject
  const { cnames } = namesIn(found)
  const endpoint = aliased(host, cnames)
  const fault = faultIn(found, 'token')
  if (host !== undefined && endpoint !== undefined && !cname) {
    return {
      id: 'alias',
      certainty: 'proven',
      title: `${host} is an alias, and RDS takes tokens that are signed for its own name only`,
      because: `DNS: ${[host, ...cnames].join(' → ')}`,
      cures: [
        act(
          `${flag('host', endpoint)}${via === undefined ? `, with ${flag('via', host)} if that must be dialled` : ''}`,
        ),
        act(`or --cname, if whoever owns the DNS of ${host} may choose the database`),
      ],
    }
  }
  if (fault?.code !== 'ERR_RDS_IAM_ALIAS') return undefined
  const region = foundIn(found, 'region')
  const theirs = endpoint === undefined ? undefined : parseRdsHost(endpoint)?.region
  if (region && theirs !== undefined) return wrongRegion(region, theirs, `${host} is an alias of ${endpoint}`)
  const title = `${host} leads to no RDS endpoint, though --cname says that it does`
  return { id: 'alias', certainty: 'proven', title, cures: [act('--host ENDPOINT, that of RDS itself')] }
}

export const name: Rule = (found) => {
  const fault = faultIn(found, 'dns')
  if (!fault) return undefined
  const { via, host } = found.subject
  const dialled = via ?? host
  if (fault.code !== 'ENOTFOUND') {
    const title = `No name server tells the address of ${dialled} (${fault.code})`
    return {
      id: 'dns',
      certainty: 'proven',
      title,
      cures: [act('check the network of this machine, or its VPN')],
    }
  }
  return {
    id: 'dns',
    certainty: 'proven',
    title: `${dialled} does not exist, as far as this machine's DNS knows`,
    because: 'mistyped, deleted, or known inside of its own network only',
    cures: [sh(askRds(found, 'endpoint'))],
  }
}

export const connection: Rule = (found) => {
  const fault = faultIn(found, 'tcp')
  if (!fault) return undefined
  const { via, host, port } = found.subject
  const { addresses } = namesIn(found)
  const where = via ?? `${host}:${port}`
  if (via !== undefined) {
    return {
      id: 'tunnel',
      certainty: 'proven',
      title: `Nothing answers at ${via}, where the tunnel should be (${fault.code})`,
      cures: [
        sh(`ssh -N -L ${shellWord(`${via.replace(/.*:/, '')}:${host}:${port}`)} BASTION`),
        act('or whatever opens the tunnel; an SSM session ends after 20 idle minutes'),
      ],
    }
  }
  if (fault.code === 'ECONNREFUSED') {
    return {
      id: 'port-closed',
      certainty: 'proven',
      title: `Nothing listens at ${where}`,
      because: `${addresses.join(', ')} refused the connection: another port, or a server that is stopped`,
      cures: [sh(askRds(found, 'status'))],
    }
  }
  const inside = addresses.filter(isPrivate)
  // The highest port is 65535.
  const local = Number(port) > 9999 ? port : `1${port}`
  return {
    id: 'unreachable',
    certainty: 'proven',
    title: `No connection to ${where} (${fault.code})`,
    because:
      inside.length > 0
        ? `${inside.join(', ')} is a private address: it is reached from inside of its VPC only`
        : 'a security group, a network ACL or a firewall drops what this machine sends',
    cures:
      inside.length > 0
        ? [
            sh(`ssh -N -L ${local}:${host}:${port} BASTION`),
            act(`and dial it: --via localhost:${local}`),
            act('inside of the VPC: let the security group of the database admit that of this machine'),
          ]
        : [sh(askRds(found, 'status')), act('let the security group of the database admit this machine')],
  }
}

/** https://www.rfc-editor.org/rfc/rfc1918 and rfc4193 */
function isPrivate(address: string): boolean {
  if (isIP(address) === 6) return /^f[cd]/i.test(address)
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)
}

// Causes in the network: the name, and the connection.
import { isIP } from 'node:net'
import { shellWord } from '../../shell.ts'
import { act, type Cause, type Cure, faultIn, namesIn, type Rule, sh } from './cause.ts'
import { askRds } from './commands.ts'

export const name: Rule = (found) => {
  const fault = faultIn(found, 'dns')
  if (!fault) return undefined
  const { via, host } = found.subject
  const dialled = via ?? host
  if (fault.code !== 'ENOTFOUND') {
    const title = `DNS did not answer for ${dialled} (${fault.code})`
    return { id: 'dns', certainty: 'proven', title, cures: [act("check this machine's network, or its VPN")] }
  }
  return {
    id: 'dns',
    certainty: 'proven',
    title: `This machine's DNS does not know the name ${dialled}`,
    because: 'it is mistyped, deleted, or known only inside its own network',
    cures: [sh(askRds(found, 'endpoint'))],
  }
}

export const connection: Rule = (found) => {
  const fault = faultIn(found, 'tcp')
  if (!fault) return undefined
  const { via, host, port } = found.subject
  if (via !== undefined) return tunnel(fault.code, via, `${host}:${port}`)
  const { addresses } = namesIn(found)
  if (fault.code === 'ECONNREFUSED') {
    return {
      id: 'port-closed',
      certainty: 'proven',
      title: `Nothing listens on ${host}:${port}`,
      because: `${addresses.join(', ')} refused the connection: the port is wrong, or the server is stopped`,
      cures: [sh(askRds(found, 'status'))],
    }
  }
  const inside = addresses.filter(isPrivate)
  return {
    id: 'unreachable',
    certainty: 'proven',
    title: `No connection to ${host}:${port} (${fault.code})`,
    because:
      inside.length > 0
        ? `${inside.join(', ')} is a private address, which can be reached only from inside its VPC`
        : 'a security group, a network ACL or a firewall drops the packets of this machine',
    cures:
      inside.length > 0
        ? intoVpc(`${host}`, Number(port))
        : [sh(askRds(found, 'status')), act("allow this machine in the database's security group")],
  }
}

function tunnel(code: string, via: string, endpoint: string): Cause {
  const localPort = via.replace(/.*:/, '')
  return {
    id: 'tunnel',
    certainty: 'proven',
    title: `Nothing answers at ${via}, where the tunnel should be (${code})`,
    cures: [
      sh(`ssh -N -L ${shellWord(`${localPort}:${endpoint}`)} BASTION`),
      act('or open the tunnel again; an SSM session ends after 20 idle minutes'),
    ],
  }
}

function intoVpc(host: string, port: number): Cure[] {
  const local = port > 9999 ? port : `1${port}` // the highest port is 65535
  return [
    sh(`ssh -N -L ${local}:${host}:${port} BASTION`),
    act(`then connect through it: --via localhost:${local}`),
    act("inside the VPC, allow this machine's security group in the database's security group"),
  ]
}

/** https://www.rfc-editor.org/rfc/rfc1918 and rfc4193 */
function isPrivate(address: string): boolean {
  if (isIP(address) === 6) return /^f[cd]/i.test(address)
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)
}

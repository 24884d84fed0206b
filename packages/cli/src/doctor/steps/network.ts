// Steps 3 and 4: looks up the addresses of a name, and connects to one of them.
import { promises as dns, lookup } from 'node:dns'
import { connect, isIP, type Socket } from 'node:net'
import { promisify } from 'node:util'
import type { DialAddress } from '@rds-iam/core'
import type { DnsFound } from '../examination.ts'
import { NotDone } from '../step.ts'
import { hostBeforePort } from '../vocabulary.ts'

const MAX_CNAMES = 8

/** The addresses to connect to, and the CNAMEs of the endpoint's name. */
export async function findAddresses(
  dial: DialAddress,
  host: string | undefined,
  signal: AbortSignal,
): Promise<DnsFound> {
  if ('path' in dial) throw new NotDone('--via is the path of a socket')
  const [addresses, cnames] = await Promise.all([addressesOf(dial.host), cnamesOf(host, signal)])
  return { name: dial.host, addresses, cnames }
}

async function addressesOf(name: string): Promise<string[]> {
  if (isIP(name) !== 0) return [name]
  // With the system's resolver, which reads /etc/hosts, as drivers do.
  const found = await promisify(lookup)(name, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}

/** Best effort: the addresses show whether the name exists. */
async function cnamesOf(host: string | undefined, signal: AbortSignal): Promise<string[]> {
  const names: string[] = []
  if (host === undefined || isIP(host) !== 0 || !host.includes('.')) return names
  const resolver = new dns.Resolver({ timeout: 1_500, tries: 1 })
  resolver.setServers(dns.getServers())
  signal.addEventListener('abort', () => resolver.cancel())
  for (let name = host; names.length < MAX_CNAMES; ) {
    const [next] = await resolver.resolveCname(name).catch(() => [])
    if (next === undefined) break
    name = next.toLowerCase().replace(/\.$/, '')
    names.push(name)
  }
  return names
}

export async function dialTcp(address: DialAddress, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ ...address, signal })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  // From here on, the next step reports errors.
  socket.on('error', () => {})
  return socket
}

export function addressOf({ remoteAddress = '', remotePort }: Socket, dialled: DialAddress): string {
  return 'path' in dialled ? dialled.path : `${hostBeforePort(remoteAddress)}:${remotePort}`
}

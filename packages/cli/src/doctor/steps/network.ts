// Steps 3 and 4: the addresses of a name, and a connection to one of them.
import { promises as dns, lookup } from 'node:dns'
import { connect, isIP, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { type DialAddress, parseRdsHost } from '@rds-iam/core'
import type { DnsFound } from '../examination.ts'
import { NotDone } from '../step.ts'
import { bracketed } from './options.ts'

const MAX_CNAMES = 8

/** The addresses of what is dialled, and the aliases that the endpoint's own name stands for. */
export async function findAddresses(
  dial: DialAddress,
  host: string | undefined,
  signal: AbortSignal,
): Promise<DnsFound> {
  if ('path' in dial) throw new NotDone('via is the path of a socket')
  const [addresses, cnames] = await Promise.all([addressesOf(dial.host), cnamesOf(host, signal)])
  return { name: dial.host, addresses, cnames }
}

async function addressesOf(name: string): Promise<string[]> {
  if (isIP(name) !== 0) return [name]
  // As drivers do it: by the system's own resolver, which knows /etc/hosts.
  const found = await promisify(lookup)(name, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}

/** An answer that does not come is no answer: the addresses tell whether the name exists. */
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

/** The RDS endpoint that a name is an alias of. */
export function aliased(host: string | undefined, cnames: readonly string[]): string | undefined {
  return host === undefined || parseRdsHost(host) ? undefined : cnames.find((name) => parseRdsHost(name))
}

export async function dialTcp(address: DialAddress, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ ...address, signal })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  // Whatever it has to say from here on, the next step says it.
  socket.on('error', () => {})
  return socket
}

export function addressOf({ remoteAddress = '', remotePort }: Socket, dialled: DialAddress): string {
  return 'path' in dialled ? dialled.path : `${bracketed(remoteAddress)}:${remotePort}`
}

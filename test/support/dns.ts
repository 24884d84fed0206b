// A name server on loopback that knows a few names, and a network that uses it.
import dgram from 'node:dgram'
import { once } from 'node:events'
import { decode, encode } from 'dns-packet'
import { enterNetwork, type Network } from './network.mjs'

export interface Dns extends Disposable {
  /** Its address, for the network of another process. */
  readonly nameServer: string
  /** The requested names. */
  readonly asked: readonly string[]
  stop(): void
}

/**
 * Answers queries for CNAMEs from `names`; a name may have none. Until `stop`, this process uses the server, and connects
 * to 127.0.0.1 for these names and those of RDS.
 */
export async function startDns(names: Readonly<Record<string, string | undefined>>): Promise<Dns> {
  const asked: string[] = []
  const socket = dgram.createSocket('udp4')
  socket.on('message', (message, { port, address }) => {
    const { id, questions } = decode(message)
    const name = questions?.[0]?.name ?? ''
    asked.push(name)
    const cname = names[name]
    const answers = cname === undefined ? [] : [{ type: 'CNAME' as const, name, ttl: 0, data: cname }]
    const flags = 0x0180 | (name in names ? 0 : 3) // recursion desired and available; NXDOMAIN
    const response = { type: 'response', id: id ?? 0, flags, questions: questions ?? [], answers } as const
    socket.send(encode(response), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const nameServer = `127.0.0.1:${socket.address().port}`
  const leave = enterNetwork({ nameServer, local: [...Object.keys(names), '.rds.amazonaws.com'] })
  let stopped = false
  const stop = (): void => {
    if (stopped) return
    stopped = true
    leave()
    socket.close()
  }
  return { nameServer, asked, stop, [Symbol.dispose]: stop }
}

/** The variables that put another process, which loads `NETWORK`, into a network where only the given names exist. */
export function inNetwork(network: Network): { readonly TEST_NETWORK: string } {
  return { TEST_NETWORK: JSON.stringify({ nameServer: '127.0.0.1:1', ...network }) }
}

/** That process must import this first. */
export const NETWORK: string = new URL('network.mjs', import.meta.url).href

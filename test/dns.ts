// A name server on loopback that knows a few names, and a process that asks it.
import dgram from 'node:dgram'
import dns from 'node:dns'
import { once } from 'node:events'
import { decode, encode } from 'dns-packet'
import { vi } from 'vitest'

/**
 * Answers for CNAMEs from `names`, where a name may have none, counts what it is asked, and has names of RDS dialled at 127.0.0.1, until
 * `stop`.
 */
export async function startDns(
  names: Readonly<Record<string, string | undefined>>,
): Promise<{ asked: string[]; stop(): void }> {
  const asked: string[] = []
  const socket = dgram.createSocket('udp4')
  socket.on('message', (message, { port, address }) => {
    const { id, questions } = decode(message)
    const name = questions?.[0]?.name ?? ''
    asked.push(name)
    const cname = names[name]
    const answers = cname === undefined ? [] : [{ type: 'CNAME' as const, name, ttl: 0, data: cname }]
    const flags = 0x0180 | (name in names ? 0 : 3) // recursion desired and available; NXDOMAIN
    socket.send(
      encode({ type: 'response', id: id ?? 0, flags, questions: questions ?? [], answers }),
      port,
      address,
    )
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const before = dns.promises.getServers()
  dns.promises.setServers([`127.0.0.1:${socket.address().port}`])

  const { lookup } = dns
  const spy = vi.spyOn(dns, 'lookup')
  // Only names that no real resolver may be asked for here; getaddrinfo can't be pointed at our server.
  const local = (name: string, options: unknown, callback: unknown): unknown => {
    const known = name.endsWith('.rds.amazonaws.com') || name in names
    return Reflect.apply(lookup, dns, [known ? '127.0.0.1' : name, options, callback])
  }
  spy.mockImplementation(local as typeof dns.lookup) // its overloads differ in what is passed on as it is
  return {
    asked,
    stop: () => {
      spy.mockRestore()
      dns.promises.setServers(before)
      socket.close()
    },
  }
}

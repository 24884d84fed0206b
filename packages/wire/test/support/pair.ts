// Two ends of a connection on loopback, until the test ends. Each can continue to send after the other has ended.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tame } from '@rds-iam/wire/sockets'
import { onTestFinished } from 'vitest'

export async function pair(): Promise<[Socket, Socket]> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo // it listens on TCP
  const accepted = once(listener, 'connection')
  const one = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  const [other] = (await accepted) as [Socket]
  listener.close()
  for (const socket of [one, other]) {
    tame(socket)
    onTestFinished(() => void socket.destroy())
  }
  return [one, other]
}

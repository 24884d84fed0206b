// Dialling somewhere else than the endpoint, while the driver goes on believing that it dials the endpoint.
import { connect, Socket } from 'node:net'
import type { DialAddress } from './endpoint.ts'

/** A socket that dials `address` at once. */
export function dial(address: DialAddress): Socket {
  return connect(address).setNoDelay(true)
}

/** A socket that dials `address` when it is told to connect, whatever host and port it is told. */
export function diverted(address: DialAddress): Socket {
  const socket = new Socket()
  const connectTo = socket.connect.bind(socket)
  return Object.assign(socket, { connect: () => connectTo(address) })
}

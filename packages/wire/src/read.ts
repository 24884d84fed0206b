// Reads a given number of bytes from a socket during a login.
import type { Socket } from 'node:net'

/** The other side hung up, or the connection broke, before all awaited bytes had arrived. */
export class CutOff extends Error {
  /** How many of the awaited bytes had arrived. */
  readonly received: number

  constructor(received: number, cause?: Error | null) {
    super(cause?.message ?? 'the connection was closed', { cause })
    this.name = 'CutOff'
    this.received = received
  }
}

/** The bytes violate the protocol. The message says how. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** A packet claims to be longer than a packet of a login may be. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}

/**
 * Reads the next `length` bytes of a packet. Its first `before` bytes have been read already. Later bytes stay in the
 * socket, in order, for TLS, a pipe or the next read.
 */
export async function readBytes(socket: Socket, length: number, before = 0): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let missing = length; missing > 0; ) {
    // Take what has arrived at once. If it stayed in the stream until everything had arrived, the stream would emit
    // 'readable' forever.
    const here = Math.min(missing, socket.readableLength)
    const part: Buffer | null = here > 0 ? socket.read(here) : null
    if (part !== null) {
      parts.push(part)
      missing -= part.length
    } else if (socket.readableEnded || socket.destroyed) {
      throw new CutOff(before + length - missing, socket.errored)
    } else {
      await change(socket)
    }
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

/** Returns the first byte without consuming it. */
export async function peekByte(socket: Socket): Promise<number> {
  const first = await readBytes(socket, 1)
  socket.unshift(first)
  return first.readUInt8()
}

function change(socket: Socket): Promise<void> {
  const events = ['readable', 'end', 'error', 'close']
  return new Promise((resolve) => {
    const changed = (): void => {
      for (const event of events) socket.off(event, changed)
      resolve()
    }
    for (const event of events) socket.on(event, changed)
  })
}

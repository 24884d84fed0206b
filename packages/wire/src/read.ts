// Reads a socket by the byte count while a login is under way.
import type { Socket } from 'node:net'

/** The other side ended, or the connection broke, before all that was waited for had come. */
export class CutOff extends Error {
  /** How many of the awaited bytes had come. */
  readonly received: number

  constructor(received: number, cause?: Error | null) {
    super(cause?.message ?? 'the connection was closed', { cause })
    this.name = 'CutOff'
    this.received = received
  }
}

/** What came is not of the protocol; the message says what about it. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** A packet says that it is longer than a login's packets may be. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}

/**
 * The next `length` bytes of a packet whose first `before` bytes are here already. What came after them stays in the
 * socket, in order, so that TLS, a pipe or the next read finds it there.
 */
export async function readBytes(socket: Socket, length: number, before = 0): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let missing = length; missing > 0; ) {
    // What is here is taken at once. Were it left until all has come, a stream would go on saying that it is
    // readable, and there would be no end of it.
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

/** The first byte, left in place. */
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

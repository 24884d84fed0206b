// Loaded before a snippet of a library that dials the host by itself: a network in which that name leads to the gate.
import net from 'node:net'

const [name, address, port] = (process.env.DOCS_NETWORK ?? '').split(' ')
const { connect } = net.Socket.prototype

/** @type {(this: net.Socket, ...args: any[]) => net.Socket} */
function connectTo(first, second, ...others) {
  const host = typeof first === 'object' ? first.host : second
  return Reflect.apply(connect, this, host === name ? [Number(port), address] : [first, second, ...others])
}
net.Socket.prototype.connect = connectTo

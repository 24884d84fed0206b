// Loaded before a snippet that dials by itself what it names: a network in which these names lead to the gate.
import dns from 'node:dns'
import net from 'node:net'

/** Each `name port`, the port on loopback. */
const ports = new Map((process.env.DOCS_NETWORK ?? '').split(',').map((entry) => pairOf(entry)))
const { connect } = net.Socket.prototype

/** @type {(this: net.Socket, ...args: any[]) => net.Socket} */
function connectTo(...args) {
  // net.connect() has put its arguments into an array.
  const [first, second, ...others] = Array.isArray(args[0]) ? args[0] : args
  const port = ports.get(typeof first === 'object' ? first.host : second)
  return Reflect.apply(connect, this, port === undefined ? args : [Number(port), '127.0.0.1', ...others])
}
net.Socket.prototype.connect = connectTo

/** An alias, and the endpoint that it stands for. */
const [alias, endpoint] = pairOf(process.env.DOCS_CNAME ?? '')
const { resolveCname } = dns.promises

dns.promises.resolveCname = async (name) => (name === alias ? [endpoint] : resolveCname(name))

/**
 * @param {string} entry
 * @returns {[first: string, second: string]}
 */
function pairOf(entry) {
  const [first = '', second = ''] = entry.split(' ')
  return [first, second]
}

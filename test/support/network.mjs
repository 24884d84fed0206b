// A fake network for a test, in this process, or in one that loads this first with a network in TEST_NETWORK.
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

/**
 * @typedef {object} Network
 * @property {string} [nameServer] The name server for records, as `address:port`. getaddrinfo doesn't use it.
 * @property {readonly string[]} [local] Names with the address 127.0.0.1. One that starts with a dot is a domain.
 * @property {Readonly<Record<string, number>>} [ports] The port of 127.0.0.1 that all connections to a name go to.
 */

/**
 * Switches to the network. No name that ends with `.invalid` exists in it. Returns a function that switches back.
 *
 * @param {Network} network
 * @returns {() => void}
 */
export function enterNetwork({ nameServer, local = [], ports = {} }) {
  const { lookup } = dns
  const { connect } = net.Socket.prototype
  const servers = dns.promises.getServers()
  if (nameServer) dns.promises.setServers([nameServer])

  /** @param {string} name */
  const isLocal = (name) => local.some((each) => (each.startsWith('.') ? name.endsWith(each) : name === each))
  /** @type {(name: string, ...others: unknown[]) => unknown} */
  const find = (name, ...others) => {
    if (!name.endsWith('.invalid'))
      return Reflect.apply(lookup, dns, [isLocal(name) ? '127.0.0.1' : name, ...others])
    const answer = others.at(-1)
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
    return typeof answer === 'function' ? process.nextTick(() => answer(error)) : undefined
  }
  dns.lookup = Object.assign(find, lookup)

  /** @type {(this: net.Socket, ...args: any[]) => net.Socket} */
  net.Socket.prototype.connect = function dial(...args) {
    // net.connect() puts its arguments into an array.
    const [first, second, ...others] = Array.isArray(args[0]) ? args[0] : args
    const port = ports[typeof first === 'object' ? first.host : second]
    return Reflect.apply(connect, this, port === undefined ? args : [port, '127.0.0.1', ...others])
  }
  syncBuiltinESMExports()
  return () => {
    dns.lookup = lookup
    net.Socket.prototype.connect = connect
    dns.promises.setServers(servers)
    syncBuiltinESMExports()
  }
}

if (process.env.TEST_NETWORK) enterNetwork(JSON.parse(process.env.TEST_NETWORK))

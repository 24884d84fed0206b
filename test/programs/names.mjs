// Loaded before a program: gives it a name server of the test's own, and has names of RDS dialled at 127.0.0.1.
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'

const { TEST_NAME_SERVER, TEST_LOCAL_NAMES = '' } = process.env
if (TEST_NAME_SERVER) dns.promises.setServers([TEST_NAME_SERVER])
const local = TEST_LOCAL_NAMES.split(' ')
const { lookup } = dns
// getaddrinfo can't be pointed at another server.
dns.lookup = Object.assign(
  /** @type {(name: string, ...others: unknown[]) => unknown} */
  (name, ...others) => {
    if (!name.endsWith('.invalid'))
      return Reflect.apply(lookup, dns, [local.includes(name) ? '127.0.0.1' : name, ...others])
    const answer = others.at(-1)
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
    return typeof answer === 'function' ? process.nextTick(() => answer(error)) : undefined
  },
  lookup,
)
syncBuiltinESMExports()

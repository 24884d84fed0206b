// Modules of Node's that an import of ours does not wait for: they take milliseconds, which whoever connects spends later.

export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls')
}

export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

// Node.js modules that are loaded on first use. Loading them takes milliseconds, and only connections need them.

export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls')
}

export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

export function nodeOs(): typeof import('node:os') {
  return process.getBuiltinModule('node:os')
}

export function nodeDns(): typeof import('node:dns') {
  return process.getBuiltinModule('node:dns')
}

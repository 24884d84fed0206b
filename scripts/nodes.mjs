// The other versions of Node.js that the tests run on.
import { existsSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Where each is, by its major version. npm has them for Linux on x64 only: elsewhere there is none.
 *
 * @type {Record<string, string>}
 */
export const nodes = {}
for (const major of [22, 24, 26]) {
  const url = new URL(`../test/release/nodes/node_modules/node-${major}/bin/node`, import.meta.url)
  if (existsSync(url)) nodes[major] = fileURLToPath(url)
}

/**
 * An environment in which `node`, and so npm and npx, are this one.
 *
 * @param {string} program
 * @returns {Record<string, string>}
 */
export function nodeEnv(program) {
  return { PATH: `${dirname(program)}${delimiter}${process.env.PATH ?? ''}` }
}

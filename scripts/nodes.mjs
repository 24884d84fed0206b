// The other versions of Node.js and the other runtimes to test on.
import { existsSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Their paths by major version. npm has them only for Linux on x64, so elsewhere the object is empty.
 *
 * @type {Record<string, string>}
 */
export const nodes = {}
for (const major of [22, 24, 26]) {
  const program = installed(`node-${major}/bin/node`)
  if (program) nodes[major] = program
}

/**
 * The commands that run a program on Bun and Deno. They ignore `paths` in tsconfig.json, which point to the sources.
 *
 * @type {Record<string, readonly string[]>}
 */
export const runtimes = {}
const bun = installed('@oven/bun-linux-x64/bin/bun')
if (bun) {
  const config = fileURLToPath(new URL('../examples/tsconfig.json', import.meta.url))
  runtimes.Bun = [bun, `--tsconfig-override=${config}`]
}
const deno = installed('@deno/linux-x64-glibc/deno')
if (deno) {
  const permissions = ['env', 'net', 'read', 'sys'].map((name) => `--allow-${name}`)
  runtimes.Deno = [deno, 'run', '--no-lock', '--no-prompt', ...permissions]
}

/** @param {string} path */
function installed(path) {
  const url = new URL(`../test/release/nodes/node_modules/${path}`, import.meta.url)
  return existsSync(url) ? fileURLToPath(url) : undefined
}

/**
 * An environment in which `node`, npm and npx use this program.
 *
 * @param {string} program
 * @returns {Record<string, string>}
 */
export function nodeEnv(program) {
  return { PATH: `${dirname(program)}${delimiter}${process.env.PATH ?? ''}` }
}

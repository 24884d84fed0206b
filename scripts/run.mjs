// Runs commands for the project's scripts, and prints or captures their output.
import { spawn } from 'node:child_process'

/** On Windows, npm and npx are shell scripts, which need a shell. */
const shell = process.platform === 'win32'

/**
 * Runs a command and resolves with its exit status, or with 127 if the command can't be started.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, { env = {}, cwd } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { stdio: 'inherit', shell, cwd, env: { ...process.env, ...env } })
    child.once('error', () => resolve(127))
    child.once('close', (code) => resolve(code ?? 1))
  })
}

/**
 * The same for commands that run side by side: prints the title and all output at the command's end.
 *
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string }} [options]
 * @returns {Promise<number>}
 */
export function runBeside(title, command, args, { env = {}, cwd } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], { stdio: 'pipe', shell, cwd, env: { ...process.env, ...env } })
    /** @type {string[]} */
    const output = []
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => output.push(String(chunk)))
    /** @param {number} code */
    const end = (code) => {
      process.stdout.write(`\n▸ ${title}: ${command} ${args.join(' ')}\n${output.join('')}`)
      resolve(code)
    }
    child.once('error', () => end(127))
    child.once('close', (code) => end(code ?? 1))
  })
}

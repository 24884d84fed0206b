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

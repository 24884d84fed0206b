// Runs commands of the project's scripts, with their output on screen or captured.
import { spawn } from 'node:child_process'

/** npm and npx are shell scripts on Windows, which only a shell can start. */
const shell = process.platform === 'win32'

/**
 * Runs a command and resolves to its exit status; a command that can't be started counts as 127.
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

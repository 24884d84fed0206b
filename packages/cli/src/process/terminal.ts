// Whether a terminal sends its signals to this process by itself.
import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Whether we are in the foreground of our terminal, which sends Ctrl-C and Ctrl-\ to every program there. */
export function inForeground(): boolean {
  if (process.platform === 'win32') return true // a console does so too
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the name before them may hold anything
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return group === foreground
  } catch {
    return [0, 1, 2].some(isatty) // not Linux
  }
}

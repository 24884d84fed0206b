// Finds out whether the terminal sends its signals to this process.
import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Whether this process is in the foreground. The terminal sends Ctrl-C and Ctrl-\ to all foreground programs. */
export function inForeground(): boolean {
  if (process.platform === 'win32') return true // a console sends them too
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the program's name may contain anything
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return group === foreground
  } catch {
    return [0, 1, 2].some(isatty) // not Linux
  }
}

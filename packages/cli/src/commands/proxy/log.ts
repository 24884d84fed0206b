// The log of `rds-iam proxy` on stderr: one line for each login, without tokens or passwords.
import { safeText } from '@rds-iam/core'
import type { ProxyConnection, ProxyOptions, ProxyRejection } from '@rds-iam/proxy'
import { colored, takesColor } from '../../process/color.ts'

export interface Log {
  /** Logs the logins of a proxy. With several proxies, `database` says which one. */
  listeners(database: string | undefined): Pick<ProxyOptions, 'onConnection' | 'onRejected'>
  stopping(connections: number, seconds: number): void
}

/** Rejections that are caused by the server or the connection to it. The proxy itself decides all others. */
const UPSTREAM: readonly ProxyRejection['reason'][] = [
  'credentials',
  'unreachable',
  'insecure',
  'not-iam',
  'rejected',
  'refused',
]

export function createLog(format: 'text' | 'json'): Log {
  return format === 'json' ? jsonLog() : textLog()
}

function textLog(): Log {
  const color = takesColor(process.stderr)
  const line = (word: string, who: string, more: string): void => {
    const time = new Date().toTimeString().slice(0, 8)
    process.stderr.write(`${time} ${word} ${safeText(who)}${more}\n`)
  }
  return {
    listeners: (database) => {
      const where = database === undefined ? '' : ` (${safeText(database)})`
      return {
        onConnection: ({ user, ms, ...more }: ProxyConnection) =>
          line(colored('green', 'logged in', color), user, `${named(more)}${where} in ${Math.round(ms)} ms`),
        onRejected: ({ user = '–', ms, reason, message }: ProxyRejection) => {
          const local = UPSTREAM.includes(reason) ? '' : 'locally '
          // A client that disconnects without logging in isn't refused.
          const word =
            reason === 'left'
              ? colored('dim', 'left', color)
              : colored('red', `refused ${local}(${reason})`, color)
          line(word, user, `${where}: ${safeText(message)} (${Math.round(ms)} ms)`)
        },
      }
    },
    stopping: (connections, seconds) => {
      const sessions = connections === 1 ? '1 session' : `${connections} sessions`
      line('stopping', '', `waiting up to ${seconds} s for ${sessions}; press Ctrl-C to end them now`)
    },
  }
}

function named({ database }: { readonly database: string | undefined }): string {
  return database === undefined ? '' : ` at ${safeText(database)}`
}

/** The control characters that JSON.stringify() leaves as they are. A client chooses the names in an event. */
const UNESCAPED = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0')
}

function jsonLog(): Log {
  const line = (event: string, facts: object): void => {
    const text = JSON.stringify({ time: new Date().toISOString(), event, ...facts })
    process.stderr.write(`${text.replace(UNESCAPED, (character) => `\\u${hex(character)}`)}\n`)
  }
  return {
    listeners: (url) => ({
      onConnection: (connection) => line('login', { url, ...connection }),
      onRejected: ({ error: _error, ...rejection }) =>
        line('rejected', { url, local: !UPSTREAM.includes(rejection.reason), ...rejection }),
    }),
    stopping: (connections, drainSeconds) => line('stopping', { connections, drainSeconds }),
  }
}

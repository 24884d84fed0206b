// Turns the flags of `rds-iam proxy` into targets and options of proxies.
import { isIP } from 'node:net'
import { createTokenSource, type IamTarget, type OptionReference, type Problem } from '@rds-iam/core'
import type { ProxyOptions } from '@rds-iam/proxy'
import { UsageError } from '../../failure.ts'
import { asFlag } from '../../flags.ts'
import { type TargetFlags, targetOf } from '../../target.ts'

export interface ProxyFlags {
  readonly listen?: string
  readonly socket?: string
  readonly userAlso?: readonly string[]
  readonly maxConnections?: number
  readonly health?: string
  readonly log?: 'text' | 'json'
  /** In seconds. */
  readonly drain: number
  readonly dangerouslyListenOnNetwork?: true
}

/** One database, and how its proxy listens. */
export interface Plan {
  readonly target: IamTarget
  readonly options: ProxyOptions
}

/** @throws UsageError or RdsIamError if flags or targets are wrong */
export function plansOf(urls: readonly string[], flags: TargetFlags & ProxyFlags): readonly Plan[] {
  const [first, ...others] = urls
  if (others.length > 0) refuseFlagsOfOne(flags)
  const targets = [first, ...others].map((url) => targetOf(url, flags))
  for (const target of targets) createTokenSource(target) // throws if the target is wrong
  return targets.map((target, index) => ({ target, options: optionsOf(flags, index) }))
}

/** Flags that can apply to only one database. */
function refuseFlagsOfOne(flags: TargetFlags & ProxyFlags): void {
  const names = ['engine', 'host', 'port', 'user', 'database', 'via', 'socket'] as const
  const lines = names
    .filter((name) => flags[name] !== undefined)
    .map((name) => `--${name} can't be combined with several URLs; leave it out, or run a proxy for each`)
  if (lines.length > 0) throw new UsageError(...lines)
}

function optionsOf(flags: ProxyFlags, index: number): ProxyOptions {
  const { socket, userAlso, maxConnections, dangerouslyListenOnNetwork } = flags
  const { host, port } = flags.listen === undefined ? {} : addressOf('--listen', flags.listen)
  return {
    host,
    port: port === undefined ? undefined : port + index,
    socket,
    users: userAlso,
    maxConnections,
    dangerouslyListenOnNetwork,
    password: process.env.RDS_IAM_PROXY_PASSWORD || undefined,
  }
}

/** Reads `127.0.0.1:5433`, `[::1]:5433`, `localhost:5433`, or only a port. */
export function addressOf(flag: string, text: string): { host: string | undefined; port: number } {
  const [, name, digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? []
  const host = name?.replace(/^\[(.*)\]$/, '$1')
  const port = Number(digits)
  const valid = host === undefined || (host.includes(':') ? isIP(host) === 6 && name !== host : true)
  if (digits !== '' && port >= 1 && port <= 65_535 && valid) return { host, port }
  throw new UsageError(
    `${flag} ${JSON.stringify(text)} is not an address; write host:port or only a port, from 1 to 65535`,
  )
}

const FLAGS: Readonly<Record<string, string>> = {
  host: '--listen',
  port: '--listen',
  socket: '--socket',
  password: 'RDS_IAM_PROXY_PASSWORD',
  maxConnections: '--max-connections',
  dangerouslyListenOnNetwork: '--dangerously-listen-on-network',
}

/** Problems with a proxy's own options, with their names on the command line. */
export async function inProxyFlags(problems: readonly Problem[]): Promise<UsageError> {
  const { renderProblem } = await import('@rds-iam/core')
  const name = (reference: OptionReference): string => {
    if (reference.option.startsWith('users')) return '--user-also'
    return FLAGS[reference.option] ?? asFlag(reference)
  }
  const lines = problems
    .map((problem) => renderProblem(problem, name))
    .map(({ option, seen, instead }) => `${option} ${seen}; ${instead}`)
  return new UsageError(...new Set(lines)) // --listen is two options of a proxy
}

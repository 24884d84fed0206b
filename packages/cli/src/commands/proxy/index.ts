// `rds-iam proxy`: listens on local addresses that log in with IAM, until Ctrl-C or SIGTERM.
import { RdsIamError } from '@rds-iam/core'
import { type IamProxy, startProxy } from '@rds-iam/proxy'
import { aborted, listenForSignals } from '../../process/interruption.ts'
import type { TargetFlags } from '../../target.ts'
import { type Health, serveHealth } from './health.ts'
import { createLog } from './log.ts'
import { inProxyFlags, type Plan, type ProxyFlags, plansOf } from './proxy-options.ts'

export async function proxy(urls: readonly string[], flags: TargetFlags & ProxyFlags): Promise<number> {
  const interruption = listenForSignals()
  const proxies: IamProxy[] = []
  let health: Health | undefined
  try {
    const plans = plansOf(urls, flags)
    const log = createLog(flags.log ?? 'text')
    health = flags.health === undefined ? undefined : await serveHealth(flags.health, proxies)
    for (const plan of plans) proxies.push(await start(plan, log, plans.length))
    for (const { url } of proxies) process.stdout.write(`${url}\n`)
    await aborted(interruption.signal)
    interruption.forget()
    const stopped = drained(proxies, flags.drain * 1000)
    const connections = proxies.reduce((sum, proxy) => sum + proxy.connections, 0)
    if (connections > 0) log.stopping(connections, flags.drain)
    await stopped
    return 0
  } finally {
    interruption.forget()
    await Promise.all([health?.close(), ...proxies.map((one) => one.stop())])
  }
}

async function start(
  { target, options }: Plan,
  log: ReturnType<typeof createLog>,
  count: number,
): Promise<IamProxy> {
  try {
    const database = count === 1 ? undefined : String(target.url)
    return await startProxy(target, { ...options, ...log.listeners(database) })
  } catch (error) {
    if (error instanceof RdsIamError && error.problems.length > 0) throw await inProxyFlags(error.problems)
    throw error
  }
}

/** Gives open sessions some time to end. A second signal ends them at once. */
async function drained(proxies: readonly IamProxy[], drainMs: number): Promise<void> {
  const again = listenForSignals()
  const done = Promise.all(proxies.map((one) => one.stop({ drainMs })))
  try {
    await Promise.race([done, aborted(again.signal)])
  } finally {
    again.forget()
  }
}

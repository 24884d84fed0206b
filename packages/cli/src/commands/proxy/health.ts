// The health endpoint of `rds-iam proxy`: /livez, /readyz and /metrics over HTTP.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { safeText } from '@rds-iam/core'
import type { IamProxy } from '@rds-iam/proxy'
import { Failed } from '../../failure.ts'
import { collectMetrics } from './metrics.ts'
import { addressOf } from './proxy-options.ts'

export interface Health {
  close(): Promise<void>
}

/** How long to reuse the result of a login, so that a probe every second doesn't log in every second. */
const READY_MS = 5_000

/** Serves the health of proxies. The list may still grow. @throws UsageError, or Failed if the address is taken */
export async function serveHealth(address: string, proxies: readonly IamProxy[]): Promise<Health> {
  const { host = '127.0.0.1', port } = addressOf('--health', address)
  const metrics = collectMetrics(proxies)
  const server = createServer(answer(readiness(proxies), metrics.text))
  server.listen({ host, port })
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    metrics.stop()
    throw new Failed([`--health can't listen on ${address} (${error.code}); name another address`], 1)
  })
  return {
    async close() {
      metrics.stop()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(ready: () => Promise<string | undefined>, metrics: () => string): RequestListener {
  return (request, response) => {
    const send = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type }).end(`${text}\n`)
    }
    switch (request.url?.replace(/\?.*/, '')) {
      case '/livez':
        return send(200, 'ok')
      case '/readyz':
        ready().then((fault) => send(fault === undefined ? 200 : 503, fault ?? 'ok'))
        return
      case '/metrics':
        return send(200, metrics(), 'text/plain; version=0.0.4; charset=utf-8')
      default:
        return send(404, 'try /livez, /readyz or /metrics')
    }
  }
}

/** Why a login at one of the servers failed; undefined if all succeeded. Concurrent requests share one check. */
function readiness(proxies: readonly IamProxy[]): () => Promise<string | undefined> {
  let last: { readonly at: number; readonly fault: Promise<string | undefined> } | undefined
  return () => {
    const now = performance.now()
    if (last === undefined || now - last.at >= READY_MS) last = { at: now, fault: check(proxies) }
    return last.fault
  }
}

async function check(proxies: readonly IamProxy[]): Promise<string | undefined> {
  if (proxies.length === 0) return 'starting'
  const checks = await Promise.allSettled(proxies.map((proxy) => proxy.check()))
  const faults = checks.flatMap((result) => (result.status === 'rejected' ? [messageOf(result.reason)] : []))
  return faults.length === 0 ? undefined : faults.join('\n')
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return safeText(text)
}

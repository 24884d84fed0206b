// Counts the logins of proxies, and formats the counts for Prometheus.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { channels, type TokenSignedEvent } from '@rds-iam/core'
import { type IamProxy, type ProxyClient, type ProxyRejection, proxyChannels } from '@rds-iam/proxy'

export interface Metrics {
  text(): string
  stop(): void
}

/** The upper bounds of the histogram, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function collectMetrics(proxies: readonly IamProxy[]): Metrics {
  const outcomes = new Map<string, number>([['admitted', 0]])
  const buckets = BUCKETS.map(() => 0)
  let [count, sum] = [0, 0]
  const tokens = new Map<string, number>()

  const counted = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  // The casts hold because each channel documents its messages.
  const listeners: readonly (readonly [name: string, listener: (message: unknown) => void])[] = [
    [
      proxyChannels.opened,
      (message) => {
        const seconds = (message as ProxyClient).ms / 1000
        counted('admitted')
        count++
        sum += seconds
        for (const [index, bound] of BUCKETS.entries())
          if (seconds <= bound) buckets[index] = (buckets[index] ?? 0) + 1
      },
    ],
    [proxyChannels.rejected, (message) => counted((message as ProxyRejection).reason)],
    [
      channels.tokenSigned,
      (message) => {
        const { endpoint, user, lifeMs } = message as TokenSignedEvent
        tokens.set(labels({ endpoint, user }), Date.now() + lifeMs)
      },
    ],
  ]
  for (const [name, listener] of listeners) subscribe(name, listener)

  return {
    text: () => {
      const open = proxies.reduce((total, { connections }) => total + connections, 0)
      const seconds = 'rds_iam_proxy_login_seconds'
      return [
        ...family('rds_iam_proxy_connections', 'gauge', 'Open sessions.', [['', open]]),
        ...family(
          'rds_iam_proxy_logins_total',
          'counter',
          'Logins by outcome: admitted, or the reason for the rejection.',
          [...outcomes].map(([outcome, times]) => [labels({ outcome }), times]),
        ),
        ...family(seconds, 'histogram', 'How long admitted logins took.', [
          ...BUCKETS.map(
            (bound, index) => [`_bucket${labels({ le: String(bound) })}`, buckets[index] ?? 0] as const,
          ),
          [`_bucket${labels({ le: '+Inf' })}`, count],
          ['_sum', sum],
          ['_count', count],
        ]),
        ...family(
          'rds_iam_token_seconds_left',
          'gauge',
          'How long the newest token remains valid.',
          [...tokens].map(([labels, endsAt]) => [labels, Math.round((endsAt - Date.now()) / 1000)]),
        ),
      ].join('\n')
    },
    stop: () => {
      for (const [name, listener] of listeners) unsubscribe(name, listener)
    },
  }
}

function family(
  name: string,
  type: 'gauge' | 'counter' | 'histogram',
  help: string,
  samples: readonly (readonly [suffix: string, value: number])[],
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([suffix, value]) => `${name}${suffix} ${value}`),
  ]
}

function labels(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${escaped(value)}"`)
  return `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')
}

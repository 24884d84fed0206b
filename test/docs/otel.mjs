// Preloaded by snippets that report to OpenTelemetry: an SDK that prints everything it received when the program ends.
import { metrics, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'

const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: points })
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
const spans = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))

process.once('beforeExit', () => tell(0))
process.once('uncaughtException', (error) => {
  console.error(error)
  tell(1)
})

/** @param {number} code */
async function tell(code) {
  await reader.forceFlush()
  const exported = points.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
  for (const { descriptor, dataPoints } of exported.flatMap(({ metrics }) => metrics)) {
    for (const { value, attributes } of dataPoints) print({ metric: descriptor.name, value, attributes })
  }
  for (const { name, status, attributes } of spans.getFinishedSpans())
    print({ span: name, message: status.message, attributes })
  process.exit(code)
}

/** @param {object} line */
function print(line) {
  console.log(JSON.stringify(line))
}

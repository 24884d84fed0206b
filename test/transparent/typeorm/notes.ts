// A logger for TypeORM that keeps its messages.
import type { Logger } from 'typeorm'

/** Everything that TypeORM logs, without times. */
export class Notes implements Logger {
  readonly lines: unknown[] = []
  logQuery(query: string, parameters?: unknown[]): void {
    // The cache stores the time when it was filled.
    const timeless = parameters?.map((value) => (Number(value) > 1e12 ? 'a time' : value))
    this.lines.push(['query', query, timeless])
  }
  logQueryError(error: string | Error, query: string): void {
    this.lines.push(['error', String(error), query])
  }
  logQuerySlow(_: number, query: string): void {
    this.lines.push(['slow', query])
  }
  logSchemaBuild(message: string): void {
    this.lines.push(['schema', message])
  }
  logMigration(message: string): void {
    this.lines.push(['migration', message])
  }
  log(level: string, message: unknown): void {
    this.lines.push([level, message])
  }
}

// A logger for TypeORM that keeps its messages.
import type { Logger } from 'typeorm'

export class Notes implements Logger {
  readonly lines: unknown[] = []
  logQuery = (query: string): void => this.#add('query', query)
  logQueryError = (error: string | Error, query: string): void => this.#add('error', String(error), query)
  logQuerySlow = (_: number, query: string): void => this.#add('slow', query)
  logSchemaBuild = (message: string): void => this.#add('schema', message)
  logMigration = (message: string): void => this.#add('migration', message)
  log = (level: string, message: unknown): void => this.#add(level, message)

  #add(...words: unknown[]): void {
    this.lines.push(words)
  }
}

// TypeORM: opens pools for each contender on pg and mysql2.
import 'reflect-metadata'
import { DataSource, type DataSourceOptions } from 'typeorm'
import type { Connection, Contender } from './contender.ts'

export function onTypeOrm(options: (poolSize: number) => DataSourceOptions): Contender {
  const pool = async (size: number): Promise<Connection> => {
    const dataSource = new DataSource(options(size))
    await dataSource.initialize()
    return { query: (sql) => dataSource.query(sql), close: () => dataSource.destroy() }
  }
  return { connect: () => pool(1), pool }
}

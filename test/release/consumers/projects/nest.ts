// A Nest application whose database module takes its options from rds-iam.
import 'reflect-metadata'
import { Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm'
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import type { DataSource } from 'typeorm'

const type = process.env.DATABASE_URL?.startsWith('postgres') ? 'postgres' : 'mysql'

@Injectable()
class Clock {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  now(): Promise<{ now: Date }[]> {
    return this.dataSource.query('SELECT now() AS now')
  }
}

@Module({
  imports: [TypeOrmModule.forRoot(iamDataSourceOptions({ type }))],
  providers: [Clock],
})
class AppModule {}

async function run(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: ['error'],
    abortOnError: false,
  })
  const [row] = await app.get(Clock).now()
  console.log(`nest: ${row ? 'now' : 'no answer'}`)
  await app.close()
}

void run()

// A Nest application that logs in to RDS by IAM and asks the database for the time.
// Which database, and as whom: DATABASE_URL=postgres://jane_doe@db.abc.eu-central-1.rds.amazonaws.com/app
import 'reflect-metadata'
import { Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm'
import { engineOf } from '@rds-iam/core'
import { iamDataSourceOptions } from '@rds-iam/typeorm'
import type { DataSource } from 'typeorm'

@Injectable()
class Clock {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async now(): Promise<string | undefined> {
    const [row] = await this.dataSource.query<{ now: Date }[]>('SELECT now() AS now')
    return row?.now.toISOString()
  }
}

@Module({
  imports: [TypeOrmModule.forRoot(iamDataSourceOptions({ type: engineOf() ?? 'postgres' }))],
  providers: [Clock],
})
class AppModule {}

async function run(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: ['error'],
    abortOnError: false, // rejects with the reason instead of ending the process
  })
  console.log(await app.get(Clock).now())
  await app.close()
}

void run()

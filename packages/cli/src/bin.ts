#!/usr/bin/env node
// The program `rds-iam`.
import { endWith, watchOutput } from './process/output.ts'
import { run } from './run.ts'

watchOutput()
await endWith(await run(process.argv.slice(2)))

#!/usr/bin/env node
// Stands in for Prisma's schema engine, which is a download: runs the CLI's script on the database that it names.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import pg from 'pg'

for await (const line of createInterface({ input: process.stdin })) {
  const { id, params }: { id: number; params: { script: string; datasourceType: { url: string } } } =
    JSON.parse(line)
  const url = new URL(params.datasourceType.url)
  const { sslmode, sslaccept, sslcert = '' } = Object.fromEntries(url.searchParams)
  // As Prisma's engine reads the parameters of TLS; of several certificates it takes the first, and on macOS none.
  const ca = readFileSync(sslcert, 'utf8')
  if (ca.match(/BEGIN CERTIFICATE/g)?.length !== 1) throw new Error('not one certificate')
  if (sslmode !== 'require' || sslaccept !== 'strict') throw new Error(`verifies nothing: ${url.search}`)
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ssl: { ca },
  })
  await client.connect()
  await client.query(params.script)
  await client.end()
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: null })}\n`)
}

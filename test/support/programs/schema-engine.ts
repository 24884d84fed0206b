#!/usr/bin/env node
// Stands in for Prisma's schema engine, which is a download: runs the CLI's script on the database that it names. Like
// the engine it connects without TLS when told to, and proves by SCRAM that it knows the password.
import { createInterface } from 'node:readline'
import pg from 'pg'

for await (const line of createInterface({ input: process.stdin })) {
  const { id, params }: { id: number; params: { script: string; datasourceType: { url: string } } } =
    JSON.parse(line)
  const url = new URL(params.datasourceType.url)
  const { sslmode, schema = 'public' } = Object.fromEntries(url.searchParams)
  if (sslmode !== 'disable') throw new Error(`not for a local connection: ${url.search}`)
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    // As the engine's own driver, tokio-postgres, sends them.
    client_encoding: 'UTF8',
    ssl: false,
  })
  await client.connect()
  await client.query(`SET search_path = ${client.escapeIdentifier(schema)}`)
  await client.query(params.script)
  await client.end()
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: null })}\n`)
}

#!/usr/bin/env node
// Replaces Prisma's schema engine, which would have to be downloaded. Runs the CLI's script on the given database. It logs in
// as the engine does, with its parameters and first statements: no TLS, SCRAM, and the schema set after the login
// (prisma-engines, quaint/src/connector/postgres/native/mod.rs).
import { createInterface } from 'node:readline'
import pg from 'pg'

for await (const line of createInterface({ input: process.stdin })) {
  const { id, params }: { id: number; params: { script: string; datasourceType: { url: string } } } =
    JSON.parse(line)
  const url = new URL(params.datasourceType.url)
  const { sslmode, schema } = Object.fromEntries(url.searchParams)
  if (sslmode !== 'disable') throw new Error(`not for a local connection: ${url.search}`)
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    ssl: false,
  })
  await client.connect()
  if (schema !== undefined) await client.query(`SET search_path = "${schema}";\n`)
  await client.query({ name: 's0', text: 'SELECT version()' })
  await client.query(params.script)
  await client.end()
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: null })}\n`)
}

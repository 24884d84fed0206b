// What test files share, made when the first of them asks for it: the packed packages, and a database server for each
// worker and engine.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startMysql, startPostgres } from './servers.ts'
import { packInto } from './tarballs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The port where a worker asks for it. */
    readonly shared: number
  }
}

interface Shared {
  /** What a test file gets, as JSON. */
  give(): Promise<object>
  stop?(): Promise<void>
}

const make = { postgres: startPostgres, mysql: startMysql, tarballs: packInto }
export type Name = keyof typeof make

export default async function share(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'rds-iam-test-shared-'))
  const all = new Map<string, Promise<Shared>>()
  const serve = async (socket: Socket): Promise<void> => {
    const [chunk] = await once(socket, 'data') // a few bytes arrive in one piece
    const [name, worker] = JSON.parse(String(chunk)) as [Name, string] // test/support/shared.ts wrote it
    const key = name === 'tarballs' ? name : `${name}-${worker}`
    const made = all.get(key) ?? make[name](join(folder, key))
    all.set(key, made)
    socket.end(JSON.stringify(await (await made).give()))
  }
  const listener = createServer((socket) => {
    serve(socket).catch((error: unknown) => socket.end(String(error)))
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  project.provide('shared', (listener.address() as AddressInfo).port) // it listens on TCP
  return async () => {
    listener.close()
    for (const made of await Promise.allSettled(all.values()))
      if (made.status === 'fulfilled') await made.value.stop?.()
    await rm(folder, { recursive: true })
  }
}

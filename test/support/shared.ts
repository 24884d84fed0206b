// Asks for what test files share: see test/setup/shared.ts.
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import type { SharedServer } from '../setup/servers.ts'
import type { Name } from '../setup/shared.ts'

const servers = new Map<Name, Promise<SharedServer>>()

/** This worker's database server. A test file gets the same one whenever it asks. */
export function sharedServer(engine: 'postgres' | 'mysql'): Promise<SharedServer> {
  const server = servers.get(engine) ?? shared<SharedServer>(engine)
  servers.set(engine, server)
  return server
}

/** The folder with the tarballs of the packed packages. */
export async function sharedTarballs(): Promise<string> {
  return (await shared<{ folder: string }>('tarballs')).folder
}

async function shared<T>(name: Name): Promise<T> {
  const socket = connect(inject('shared'), '127.0.0.1')
  socket.write(JSON.stringify([name, process.env.VITEST_POOL_ID]))
  const answer = await text(socket)
  if (!answer.startsWith('{')) throw new Error(`there is no ${name}: ${answer}`)
  return JSON.parse(answer)
}

// An npm registry that contains our packages, as if they were released.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type Listening, listen } from '../../support/listen.ts'
import type { Manifest, Tarball } from './tarballs.ts'

/** The version that the examples require. */
const VERSION = '1.0.0'

export interface Registry extends Listening {
  /** The argument that makes npm get our packages from this registry. */
  readonly argument: string
}

export async function startRegistry(tarballs: readonly Tarball[]): Promise<Registry> {
  // npm caches by address. Another run may get the same port, so each has a different path.
  const base = `/${randomUUID()}/`
  const server = createServer(async ({ url = '', headers }, response) => {
    const name = decodeURIComponent(url.slice(base.length)).replace(/\.tgz$/, '')
    const found = tarballs.find(({ manifest }) => manifest.name === name)
    if (!found) response.writeHead(404).end()
    else if (url.endsWith('.tgz')) response.end(await readFile(found.file))
    else {
      const tarball = `http://${headers.host}${url}.tgz`
      const version = { ...asReleased(found.manifest), dist: { tarball } }
      const versions = { [VERSION]: version }
      response.end(JSON.stringify({ name, 'dist-tags': { latest: VERSION }, versions }))
    }
  })
  const listening = await listen(server)
  return { ...listening, argument: `--@rds-iam:registry=${listening.url}${base}` }
}

function asReleased(manifest: Manifest): object {
  return JSON.parse(
    JSON.stringify({ ...manifest, version: VERSION }).replaceAll('workspace:^', `^${VERSION}`),
  )
}

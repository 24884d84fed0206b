// The documentation is complete: every block is checked, every command exists, and every table and link is correct.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTokenSource } from '@rds-iam/core'
import type { VerdictReason } from '@rds-iam/local'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { completeOptions } from '../../packages/local/src/options/complete-options.ts'
import { type Ended, run } from '../support/child.ts'
import {
  type Block,
  blocks,
  codesIn,
  comments,
  DSQL_HOST,
  guides,
  HOST,
  named,
  type Page,
  page,
  pages,
  ROOT,
  rowsOf,
  targetOf,
  where,
} from './pages.ts'

it('has no block of an unchecked kind', () => {
  const known = /^(ts|js|json|sql|sh|text|hcl|yaml|mermaid)$/
  // The config files of a place, which its blocks read.
  const isConfig = ({ language, marks }: Block): boolean =>
    language === 'ini' && (marks.has('file') || marks.has('unit'))
  // These pages show recorded sessions. The commands' own tests check what they print.
  const shows = (block: Block): boolean =>
    /^(README|docs\/(cli|doctor|proxy))\.md$/.test(block.page) && /^(console|)$/.test(block.language)
  const unheeded = blocks.filter((block) => {
    const { language, marks } = block
    if (language === 'text') return !marks.has('error')
    if (language === 'hcl') return !marks.has('output')
    return !known.test(language) && !shows(block) && !isConfig(block)
  })
  expect(unheeded.map(where)).toEqual([])
  // aws-cdk-lib is 160 MB; that block is compared with what `rds-iam setup` prints.
  expect(blocks.filter(({ marks }) => marks.has('unchecked')).map(({ page }) => page)).toEqual([
    'docs/setup.md',
  ])
})

it("shows on the first page only doctor sessions that are on the doctor's page", () => {
  const recorded = page('docs/doctor.md').text.split('\n')
  const screens = page('README.md').blocks.filter(({ language }) => language === 'console')
  expect(screens.flatMap(({ text }) => text.split('\n')).filter((line) => !recorded.includes(line))).toEqual(
    [],
  )
})

it.each(named(blocks.filter(({ language }) => language === 'json' || language === 'yaml')))(
  'is well formed: %s',
  (_where, { language, text }) => {
    expect(language === 'json' ? JSON.parse(text) : parse(text)).toBeTypeOf('object')
  },
)

describe('commands', () => {
  const manifests = [ROOT, ...['packages', 'test', 'examples'].flatMap(foldersIn)].map((folder) =>
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  )
  const packages = new Set(
    manifests.flatMap(({ name, dependencies, peerDependencies, devDependencies }) => [
      name,
      ...Object.keys({ ...dependencies, ...peerDependencies, ...devDependencies }),
    ]),
  )

  function foldersIn(parent: string): string[] {
    const folders = readdirSync(join(ROOT, parent)).map((name) => join(ROOT, parent, name))
    return folders.filter((folder) => existsSync(join(folder, 'package.json')))
  }

  const lines = blocks
    .filter(({ language, marks }) => language === 'sh' && !marks.has('output'))
    .flatMap((block) =>
      block.text
        .replaceAll('\\\n', ' ')
        .split('\n')
        .map((line): [string, string] => [where(block), line]),
    )
    .filter(([, line]) => line.trim() !== '')

  it.each(lines)('exist: %s, %s', async (_where, line) => {
    const [command = '', comment = ''] = line.split(/ # /)
    const [program = '', ...words] = command
      .trim()
      .replace(/^([A-Z_]+=("[^"]*"|\S+) )+/, '')
      .split(/\s+/)
    if (program === 'npm' && words[0] === 'install') {
      const alternatives = comment.match(/(?<=or )\S+?(?=,|$)/g) ?? []
      for (const name of [...words.slice(1), ...alternatives]) {
        if (!name.startsWith('-')) expect([...packages]).toContain(name)
      }
    } else if (program === 'npm') expect(Object.keys(manifests[0].scripts)).toContain(words[0])
    // Programs that aren't ours and that npm doesn't install.
    else
      expect(['npx', 'node', 'rds-iam', 'aws', 'ssh', 'deno', 'psql', 'eval', 'export', 'git']).toContain(
        program,
      )

    for (const [, name = ''] of command.matchAll(/npx (?:-\S+ )*([\w-]+)/g)) expect(programs).toContain(name)
    const ours = program === 'npm' ? [] : command.matchAll(/\brds-iam ([^|")]+)/g)
    for (const [, all = ''] of ours) await knowsWords(all.split(' -- ')[0] ?? '')
  })

  // The pages only name these, or test/release/frameworks runs them.
  const apart = ['drizzle-kit', 'medusa', 'sequelize-cli']
  const programs = [...readdirSync(join(ROOT, 'test/docs/node_modules/.bin')), ...apart]

  /** Checks that the help of rds-iam contains the command and its flags. */
  async function knowsWords(all: string): Promise<void> {
    const [command = '', ...words] = all.trim().split(/\s+/)
    const { code, output } = await rdsIam(...(command.startsWith('-') ? [] : [command]), '--help')
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining(`rds-iam ${command}`.split(' -')[0] ?? ''),
    })
    const flags = [command, ...words].filter((word) => word.startsWith('--'))
    expect(output.split(/[\s,]+/)).toEqual(expect.arrayContaining(flags))
  }
})

const printed = new Map<string, Promise<Ended>>()

/** The output of `rds-iam`, which runs once per command. */
function rdsIam(...args: string[]): Promise<Ended> {
  const key = args.join(' ')
  const program = join(ROOT, 'packages/cli/dist/bin.mjs')
  const ended = printed.get(key) ?? run(process.execPath, [program, ...args], { env: { NO_COLOR: '1' } })
  printed.set(key, ended)
  return ended
}

it.each(named(blocks.filter(({ marks }) => marks.has('output'))))(
  'is what rds-iam setup prints: %s',
  async (_where, { marks, text }) => {
    const [engine, format = ''] = (marks.get('output') ?? '').split('/')
    const database =
      engine === 'dsql'
        ? [`postgres://jane_doe@${DSQL_HOST}`]
        : [`${engine}://jane_doe@${HOST}/app`, '--resource-id', 'db-ABCDEFGHIJKL01234']
    const { output } = await rdsIam('setup', ...database, '--account', '123456789012', '--format', format)
    expect(output).toBe(text)
  },
)

describe('tables', () => {
  /** The options that an error about an unknown one lists. */
  function listedIn(act: () => unknown, list: RegExp): string[] {
    try {
      act()
    } catch (error) {
      return list.exec(Object(error).message)?.[1]?.split(', ') ?? []
    }
    return expect.unreachable()
  }

  it('have every field of a target', () => {
    const fields = listedIn(
      () => createTokenSource(Object({ host: HOST, port: 5432, none: 1 })),
      /write one of (.+)/,
    )
    const shown = page('docs/target.md')
    const rows = rowsOf(shown, 'The target').map(([first]) => codesIn(first)[0]?.split('.')[0])
    const sections = [...shown.anchors].map((anchor) => fields.find((name) => name.toLowerCase() === anchor))
    expect([...rows, ...sections.filter(Boolean)]).toEqual(fields)
  })

  it('have every option of the local RDS', () => {
    const options = listedIn(() => completeOptions(Object({ none: 1 })), /the options are (.+)/)
    const rows = rowsOf(page('docs/testing-without-aws.md'), 'All options')
    expect(rows.map(([first]) => codesIn(first)[0])).toEqual(options)
  })

  it('have every reason of a verdict', () => {
    const reasons: Record<VerdictReason, true> = {
      admitted: true,
      'no-tls': true,
      'tls-failed': true,
      'wrong-server-name': true,
      'not-a-start-up': true,
      malformed: true,
      incomplete: true,
      timeout: true,
      'too-long': true,
      'no-clear-password': true,
      'not-a-token': true,
      'wrong-service': true,
      'wrong-action': true,
      'wrong-region': true,
      'wrong-host': true,
      'wrong-port': true,
      'wrong-user': true,
      'expires-too-long': true,
      'unknown-key': true,
      'wrong-session-token': true,
      'wrong-signature': true,
      'session-ended': true,
      'not-yet-valid': true,
      expired: true,
      'user-not-allowed': true,
      'server-refused': true,
      'server-unreachable': true,
      'gate-failed': true,
    }
    const rows = rowsOf(page('docs/troubleshooting.md'), 'The verdicts of the local RDS')
    expect(rows.map(([first]) => codesIn(first)[0])).toEqual(Object.keys(reasons))
  })

  it('contain the versions that the packages require and the tests use', () => {
    const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'))
    const [node, bun, deno, ...others] = rowsAfter('Works with')
    expect(node?.slice(0, 2)).toEqual(['Node.js', read('packages/core').engines.node.replace('>=', '')])
    const runtimes = read('test/release/nodes').optionalDependencies
    for (const [name, row, program] of [
      ['Bun', bun, '@oven/bun-linux-x64'],
      ['Deno', deno, '@deno/linux-x64-glibc'],
    ] as const) {
      const minor = runtimes[program].split('.').slice(0, 2).join('.')
      expect(row?.slice(0, 3)).toEqual([name, minor, minor])
    }
    const packages: Readonly<Record<string, readonly [folder: string, peer: string]>> = {
      Knex: ['knex', 'knex'],
      TypeORM: ['typeorm', 'typeorm'],
      Prisma: ['prisma', '@prisma/adapter-pg'],
      pg: ['core', 'pg'],
      mysql2: ['core', 'mysql2'],
      mariadb: ['core', 'mariadb'],
    }
    const libraries = others.filter(([name]) => name !== 'TypeScript')
    expect(libraries.map(([name]) => name)).toEqual(Object.keys(packages))
    for (const [name = '', from = '', to] of libraries) {
      const [folder, peer] = packages[name] ?? ['', '']
      const [oldest] = read(`packages/${folder}`).peerDependencies[peer].split(' ')
      expect([oldest, `${oldest}`.replace(/\.0$/, '')]).toContain(`^${from}`)
      const { version } = read(`test/docs/node_modules/${peer}`)
      expect(version.split('.').slice(0, 2).join('.')).toBe(to)
    }
  })

  /** A cell's minimum width in pixels: that of its longest word, at 14 px or in code, because GitHub wraps text. */
  const narrowest = (cell: string): number => {
    const visible = cell.replace(/\]\([^)]*\)/g, ']').split(/[\s<]/)
    return (
      26 +
      Math.max(
        ...visible.map((word) => (word.includes('`') ? 8.2 * (word.length - 2) + 11 : 7.8 * word.length)),
      )
    )
  }

  it.each(guides.map((each): [string, Page] => [each.path, each]))(
    'fit on the page: %s',
    (_path, { text }) => {
      const wide = [...text.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => {
        const rows = table
          .trim()
          .split('\n')
          .filter((row) => !/^[| :-]+$/.test(row))
          .map((row) => row.split('|').slice(1, -1))
        const columns = rows[0]?.map((_, column) =>
          Math.max(...rows.map((row) => narrowest(row[column] ?? ''))),
        )
        return {
          table: rows[1]?.join('|').trim(),
          width: columns?.reduce((sum, width) => sum + width, 0) ?? 0,
        }
      })
      expect(wide.filter(({ width }) => width > 830)).toEqual([])
    },
  )

  function rowsAfter(heading: string): readonly (readonly string[])[] {
    return rowsOf(page('README.md'), heading, /^\| (?!-)\S/)
  }
})

describe('links', () => {
  /** The files that the bench writes. */
  const written = ['bench/README.md', 'bench/chart.svg']

  it.each(pages.map((each): [string, Page] => [each.path, each]))('of %s work', (_path, from) => {
    const broken = from.links
      .filter((link) => !/^https?:/.test(link) && !written.includes(link))
      .filter((link) => {
        const { path, anchor } = targetOf(from, link)
        const target = pages.find((each) => each.path === path)
        return !existsSync(join(ROOT, path)) || (anchor !== undefined && !target?.anchors.has(anchor))
      })
    expect(broken).toEqual([])
  })

  it('reach every page from the first', () => {
    const linked = page('README.md').links.map((link) => targetOf(page('README.md'), link).path)
    expect(linked).toEqual(expect.arrayContaining(guides.slice(1).map(({ path }) => path)))
  })
})

it('keeps the first page short', () => {
  expect(page('README.md').text.trimEnd().split('\n').length).toBeLessThan(200)
})

describe('examples in the sources', () => {
  const entries = {
    '@rds-iam/core': () => import('@rds-iam/core'),
    '@rds-iam/core/pg': () => import('@rds-iam/core/pg'),
    '@rds-iam/core/mysql2': () => import('@rds-iam/core/mysql2'),
    '@rds-iam/core/mariadb': () => import('@rds-iam/core/mariadb'),
    '@rds-iam/knex': () => import('@rds-iam/knex'),
    '@rds-iam/typeorm': () => import('@rds-iam/typeorm'),
    '@rds-iam/prisma': () => import('@rds-iam/prisma'),
    '@rds-iam/prisma/pg': () => import('@rds-iam/prisma/pg'),
    '@rds-iam/prisma/mariadb': () => import('@rds-iam/prisma/mariadb'),
    '@rds-iam/proxy': () => import('@rds-iam/proxy'),
    '@rds-iam/local': () => import('@rds-iam/local'),
    'rds-iam': () => import('rds-iam'),
  }

  it.each(Object.entries(entries))('show all that %s exports', async (entry, load) => {
    const shown = comments.filter(({ blocks }) =>
      blocks.some(({ text }) => text.includes(` from '${entry}'`)),
    )
    const names = new Set(shown.map(({ name }) => name))
    expect(Object.keys(await load()).filter((name) => !names.has(name))).toEqual([])
  })

  it('exist for every entry', () => {
    const published = manifestsOfPackages().flatMap(({ name, exports }) =>
      Object.keys(exports)
        // This entry is only for our own packages.
        .filter((path) => path !== './package.json' && `${name}${path.slice(1)}` !== '@rds-iam/core/connect')
        .map((path) => `${name}${path.slice(1)}`),
    )
    expect(published.sort()).toEqual(Object.keys(entries).sort())
  })

  function manifestsOfPackages(): { name: string; exports: object; private?: true }[] {
    return readdirSync(join(ROOT, 'packages'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')))
      .filter((manifest) => !manifest.private)
  }
})

// The pages of documentation, taken apart: code blocks, headings and links; and the examples in the sources.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** The endpoint of all examples. */
export const HOST = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
export const DSQL_HOST = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.eu-central-1.on.aws'

/** A fenced block. What follows its language are marks, each `name` or `name=value`, which no reader gets to see. */
export interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  /**
   * `run`: by what it is run. `dials`: the name that leads to the gate, if `via` does not; `host` for the endpoints that
   * it names. `cname`: an alias of the endpoint. `at`: in which places, where each has credentials of its own. `file`:
   * what its reader calls it. `in`: the folder that commands are run in. `unchecked`: not compiled. `apart`: run by
   * test/release/frameworks, where its packages are. `output`: what it must equal. `error`: whose message it is. `after`:
   * of a diff, the language of what comes of it, which is what the block then stands for. `with`: what is set up before
   * it runs.
   */
  readonly marks: ReadonlyMap<string, string>
  readonly text: string
}

export interface Page {
  /** Relative to the project, with slashes. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
  /** As GitHub makes them of the headings. */
  readonly anchors: ReadonlySet<string>
  readonly links: readonly string[]
}

/** In order, with slashes. */
function filesIn(folder: string, ending: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .sort()
}

const packages = readdirSync(join(ROOT, 'packages'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `packages/${name}`)

function readPages(paths: readonly string[]): readonly Page[] {
  return paths.map((path) => takeApart(path, readFileSync(join(ROOT, path), 'utf8')))
}

/** The first page, and those that it leads to. */
export const guides: readonly Page[] = readPages([
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
])
/** With the first pages of the packages, as npm shows them. */
export const pages: readonly Page[] = [
  ...guides,
  ...readPages(packages.map((folder) => `${folder}/README.md`)),
]
export const blocks: readonly Block[] = pages.flatMap((each) => each.blocks)

/** A comment of TSDoc, and the name that it stands before. */
export interface Comment {
  readonly name: string | undefined
  readonly blocks: readonly Block[]
}

/** The comments in the sources of the packages. */
export const comments: readonly Comment[] = packages
  .flatMap((folder) => filesIn(`${folder}/src`, '.ts'))
  .flatMap(readComments)

function readComments(path: string): Comment[] {
  const source = readFileSync(join(ROOT, path), 'utf8')
  return [...source.matchAll(/^\/\*\*$([\s\S]*?)^ \*\/\n(.*)/gm)].map(
    ({ 1: comment = '', 2: next = '', index }) => {
      const [, name] = /^export (?:async )?(?:function|class|const) (\w+)/.exec(next) ?? []
      const text = comment.replace(/^ \* ?/gm, '')
      const above = source.slice(0, index).split('\n').length - 1
      const { blocks } = takeApart(path, text)
      return { name, blocks: blocks.map((block) => ({ ...block, line: above + block.line })) }
    },
  )
}

export function page(path: string): Page {
  const found = pages.find((each) => each.path === path)
  if (!found) throw new Error(`no page ${path}`)
  return found
}

export function where({ page, line }: Block): string {
  return `${page}:${line}`
}

/** For a test of each. */
export function named(chosen: readonly Block[]): [where: string, block: Block][] {
  return chosen.map((block) => [where(block), block])
}

function takeApart(path: string, text: string): Page {
  const fences = [...text.matchAll(/^```(\w*)(.*)\n([\s\S]*?)^```$/gm)]
  const blocks = fences.map(({ 0: all, 1: language = '', 2: marks = '', 3: code = '', index }) => {
    if (/^```./m.test(code)) throw new Error(`${path}: a block is not closed:\n${all}`)
    const read = new Map(marks.split(' ').filter(Boolean).map(markOf))
    const after = language === 'diff' ? read.get('after') : undefined
    return {
      page: path,
      line: text.slice(0, index).split('\n').length,
      language: after ?? language,
      marks: read,
      text: after === undefined ? code : afterOf(code),
    }
  })
  const prose = fences.reduce((rest, [fence]) => rest.replace(fence, ''), text)
  return {
    path,
    text,
    blocks,
    anchors: new Set([...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))),
    links: [...prose.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link),
  }
}

/** What a diff makes: without the lines that it takes away. */
function afterOf(diff: string): string {
  return diff.replace(/^-.*\n/gm, '').replace(/^[+ ]/gm, '')
}

function markOf(mark: string): [name: string, value: string] {
  const [name = '', value = ''] = mark.split('=')
  return [name, value]
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

/** What a page's link leads to, if that is a page: its path, and the anchor. */
export function targetOf(page: Page, link: string): { path: string; anchor: string | undefined } {
  const [path = '', anchor] = link.split('#')
  return { path: path === '' ? page.path : posix.join(dirname(page.path), path), anchor }
}

/** The cells of the rows of a section's tables; those rows that begin with code, unless `row` says which. */
export function rowsOf(page: Page, heading: string, row = /^\| `/): readonly (readonly string[])[] {
  const [, section = ''] = page.text.split(new RegExp(`^#+ ${heading}$`, 'm'))
  const [own = ''] = section.split(/^#+ /m)
  return own
    .split('\n')
    .filter((line) => row.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

/** The words in code in a cell. */
export function codesIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

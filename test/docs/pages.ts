// Parses the pages of the documentation into code blocks, headings and links, and finds the examples in the sources.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** The endpoint of all examples. */
export const HOST = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
export const DSQL_HOST = '4iabtwz7ezqwk5ugp6n2abcdef.dsql.eu-central-1.on.aws'

/** A fenced code block. Marks follow its language, each `name` or `name=value`. Readers of the page don't see them. */
export interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  /**
   * - `run`: what runs the block, such as an engine or a test runner
   * - `dials`: the name that resolves to the gate, if the block has no `via`; `host` for the endpoints that it names
   * - `cname`: an alias of the endpoint
   * - `at`: the places to run it in, each with its own credentials
   * - `file`: the file's name in the reader's project
   * - `in`: the folder to run the commands in
   * - `unchecked`: isn't compiled
   * - `apart`: test/release/frameworks runs it, because its packages are installed there
   * - `output`: the name of the output that the block must equal
   * - `error`: the name of the error with the message that the block quotes
   * - `after`: the language of the code that the diff produces, which is then checked instead of the diff
   * - `with`: what to set up first
   */
  readonly marks: ReadonlyMap<string, string>
  readonly text: string
}

export interface Page {
  /** Relative to the project folder, with slashes. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
  /** The anchors that GitHub makes from the headings. */
  readonly anchors: ReadonlySet<string>
  readonly links: readonly string[]
}

/** Sorted paths, with slashes. */
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

/** The first page, and the pages that it links to. */
export const guides: readonly Page[] = readPages([
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
])
/** The guides, and the READMEs of the packages, which npm shows. */
export const pages: readonly Page[] = [
  ...guides,
  ...readPages(packages.map((folder) => `${folder}/README.md`)),
]
export const blocks: readonly Block[] = pages.flatMap((each) => each.blocks)

/** A TSDoc comment, and the name that it documents. */
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

/** Pairs each block with its location, for a test of each. */
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

/** The text that a diff produces: its lines without the removed ones. */
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

/** The path and the anchor that a link on a page points to. */
export function targetOf(page: Page, link: string): { path: string; anchor: string | undefined } {
  const [path = '', anchor] = link.split('#')
  return { path: path === '' ? page.path : posix.join(dirname(page.path), path), anchor }
}

/** The cells of a section's table rows. Without `row`, only of rows that begin with code. */
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

/** The words in a cell that are formatted as code. */
export function codesIn(cell = ''): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

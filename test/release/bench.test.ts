// A short run of the bench works. Checks counts, which are the same on any machine, but no times.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Results } from '../../bench/src/report.ts'
import { outputOf, typescript } from '../support/child.ts'
import { newFolder } from '../support/folder.ts'

it('the bench measures every contender; we sign and resolve credentials once in ten minutes', async () => {
  const folder = newFolder()
  const program = typescript('bench/src/main.ts', '--short', '--out', folder)
  expect(await outputOf(process.execPath, program)).toContain('rds-iam')

  const { results, growth }: Results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'))
  const medians = (id: string): Record<string, number> => {
    const of = results.find((result) => result.id === id)?.of ?? {}
    return Object.fromEntries(Object.entries(of).map(([name, { median }]) => [name, median]))
  }
  // 40 connections in ten minutes. AWS's wrapper opens 20 at once, and each signs its own token.
  expect(medians('signings')).toMatchObject({ us: 1, recipe: 40 })
  expect(medians('resolutions')).toMatchObject({ us: 1, recipe: 40 })
  for (const stack of ['pg', 'mysql2']) {
    expect(Object.keys(medians(`connect/${stack}`)).sort()).toEqual(['floor', 'recipe', 'us', 'wrapper'])
  }
  const resolved = (name: string): number | undefined =>
    growth.endpoints.find(({ contender, count }) => contender === name && count === 3)?.resolutions
  expect(resolved('us')).toBe(1)
  expect(resolved('recipe')).toBe(3)

  for (const chart of ['chart.svg', 'growth.svg']) {
    const svg = await readFile(join(folder, chart), 'utf8')
    // GitHub scales images wider than 830 pixels, which makes their text smaller.
    expect(Number(/^<svg [^>]*\bwidth="(\d+)"/.exec(svg)?.[1])).toBeLessThanOrEqual(830)
    const sizes = [...svg.matchAll(/font-size="(\d+)px"/g)].map(([, size]) => Number(size))
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11)
  }
}, 600_000) // it starts dozens of processes

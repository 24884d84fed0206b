// Draws the results as SVG charts with Vega, without a browser or a canvas.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { CONTENDERS } from './contenders/index.ts'
import type { Point } from './measures/growth.ts'
import type { Results } from './report.ts'
import { NAMES, short } from './table.ts'

const COLORS = { floor: '#9aa5b1', us: '#0b7285', recipe: '#e8590c', wrapper: '#862e9c' } as const
const DOMAIN = CONTENDERS.map((name) => NAMES[name])
const SCALE = { domain: DOMAIN, range: CONTENDERS.map((name) => COLORS[name]) }

const WITHOUT_WRAPPER = { domain: DOMAIN.slice(0, 3), range: SCALE.range.slice(0, 3) }

/** Writes chart.svg, which the README contains, and growth.svg. */
export async function writeCharts(results: Results, folder: string): Promise<void> {
  await writeFile(join(folder, 'chart.svg'), await svgOf(bars(results)))
  await writeFile(join(folder, 'growth.svg'), await svgOf(curves(results)))
}

/** The maximum width that GitHub shows without scaling, in pixels. */
const WIDTH = 830

async function svgOf(spec: TopLevelSpec): Promise<string> {
  const config = {
    background: 'white',
    font: 'sans-serif',
    axis: { grid: false, labelFontSize: 12, titleFontSize: 12 },
    legend: { orient: 'bottom', labelFontSize: 12 },
    text: { fontSize: 12 },
    title: { fontSize: 13, anchor: 'start' },
    view: { stroke: null },
  } as const
  return new View(parse(compile({ ...spec, config }).spec), { renderer: 'none' }).toSVG()
}

/** One panel for each claim, each with its own scale. */
function bars({ results }: Results): TopLevelSpec {
  const panels = [
    ['connect/pg', 'One connection, pg'],
    ['burst/pg/100', '100 connections at once, pg'],
    ['first-row/pg/esm', 'Process start to first row, pg'],
    ['connect/mariadb', 'One connection, mariadb'],
  ] as const
  return {
    title: { text: 'Median milliseconds; lower is better', offset: 12 },
    columns: 2,
    spacing: { row: 24, column: 24 },
    resolve: { scale: { x: 'independent' } },
    concat: panels.flatMap(([id, title]) => {
      const values = valuesOf(results, id)
      if (values.length === 0) return []
      const domain = values.map(({ who }) => who)
      return {
        title,
        width: WIDTH / 2 - 180, // the names need the rest
        height: { step: 25 },
        data: { values },
        encoding: {
          y: { field: 'who', type: 'nominal', sort: domain, title: null, scale: { domain } },
          // Leaves room for the figure next to the longest bar.
          x: {
            field: 'ms',
            type: 'quantitative',
            title: null,
            axis: null,
            scale: { domainMin: 0, domainMax: 1.25 * Math.max(...values.map(({ ms }) => ms)) },
          },
        },
        layer: [
          {
            mark: { type: 'bar', cornerRadiusEnd: 2 },
            encoding: { color: { field: 'who', type: 'nominal', legend: null, scale: SCALE } },
          },
          {
            mark: { type: 'text', align: 'left', dx: 4 },
            encoding: { text: { field: 'text', type: 'nominal' } },
          },
        ],
      }
    }),
  }
}

function valuesOf(results: Results['results'], id: string): { who: string; ms: number; text: string }[] {
  const of = results.find((result) => result.id === id)?.of ?? {}
  return CONTENDERS.flatMap((name) => {
    const ms = of[name]?.median
    return ms === undefined ? [] : [{ who: NAMES[name], ms, text: short(ms) }]
  })
}

function curves({ growth }: Results): TopLevelSpec {
  const curve = (title: string, x: string, points: readonly Point[]) => ({
    title,
    width: WIDTH / 2 - 110,
    height: 220,
    data: { values: points.map(({ contender, count, ms }) => ({ who: NAMES[contender], count, ms })) },
    mark: { type: 'line' as const, point: true },
    encoding: {
      x: { field: 'count', type: 'quantitative' as const, title: x, scale: { type: 'log' as const } },
      y: { field: 'ms', type: 'quantitative' as const, title: 'ms', scale: { type: 'log' as const } },
      color: { field: 'who', type: 'nominal' as const, title: null, scale: WITHOUT_WRAPPER },
    },
  })
  return {
    title: { text: 'Milliseconds until the last one is ready; both axes are logarithmic', offset: 12 },
    hconcat: [
      curve('Connections opened at once, pg', 'connections', growth.connections),
      curve('Tokens for many endpoints at once', 'endpoints', growth.endpoints),
    ],
  }
}

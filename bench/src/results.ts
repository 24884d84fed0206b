// Measurements, aims, and whether the aims were reached.
import type { ContenderName } from './contenders/index.ts'
import { paired, type Summary, summarize } from './statistics.ts'

/** An aim for rds-iam: at most a multiple of another contender's time, a difference to it, or a value. */
export type Aim =
  | { readonly against: 'floor' | 'recipe'; readonly times: number }
  | { readonly against: 'floor' | 'recipe'; readonly most: number }
  | { readonly most: number }

export interface Measure {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly aims: readonly Aim[]
}

export interface Result extends Measure {
  readonly of: { readonly [name in ContenderName]?: Summary }
  /** The median over all rounds of our time divided by the other contender's. */
  readonly ratios: { readonly [name in 'floor' | 'recipe']?: Summary }
  readonly verdicts: readonly Verdict[]
}

export interface Verdict {
  readonly aim: string
  readonly got: number
  readonly reached: boolean
}

/** One number for each round. */
export type Samples = { readonly [name in ContenderName]?: readonly number[] }

export function resultOf(measure: Measure, samples: Samples): Result {
  const { us = [] } = samples
  const against = (
    name: 'floor' | 'recipe',
    compare: (our: number, other: number) => number,
  ): Summary | undefined => (us.length > 0 && samples[name] ? paired(us, samples[name], compare) : undefined)
  const ratios = {
    floor: against('floor', (our, other) => our / other),
    recipe: against('recipe', (our, other) => our / other),
  }
  const verdicts = measure.aims.flatMap((aim): Verdict[] => {
    if ('times' in aim) {
      const got = ratios[aim.against]?.median
      const text = `≤ ${aim.times} × ${aim.against}`
      return got === undefined ? [] : [{ aim: text, got, reached: got <= aim.times }]
    }
    if ('against' in aim) {
      const got = against(aim.against, (our, other) => our - other)?.median
      const text = `≤ ${aim.against} ${aim.most < 0 ? '−' : '+'} ${Math.abs(aim.most)} ${measure.unit}`
      return got === undefined ? [] : [{ aim: text, got, reached: got <= aim.most }]
    }
    const got = summarize(us).median
    return [{ aim: `≤ ${aim.most} ${measure.unit}`, got, reached: got <= aim.most }]
  })
  const of = Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, summarize(values)]))
  return { ...measure, of, ratios: defined(ratios), verdicts }
}

function defined<T extends object>(values: { [name in keyof T]: T[name] | undefined }): Partial<T> {
  // The cast holds because undefined entries are left out.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}

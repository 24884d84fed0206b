// What many samples say: a median, and how far the middle half of them is spread.
import { quantileSorted } from 'simple-statistics'

export interface Summary {
  readonly median: number
  /** The quartiles. */
  readonly low: number
  readonly high: number
  readonly samples: number
}

export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number): number => rounded(quantileSorted(sorted, share))
  return { median: at(0.5), low: at(0.25), high: at(0.75), samples: samples.length }
}

/** Of each round, so that what disturbs a round disturbs both sides. */
export function paired(
  ours: readonly number[],
  others: readonly number[],
  compare: (our: number, other: number) => number,
): Summary {
  return summarize(
    ours.flatMap((our, round) => (others[round] === undefined ? [] : [compare(our, others[round])])),
  )
}

/** To 5 digits: more is noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(5))
}

// Summarizes samples: the median and the quartiles.
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

/** Compares within each round, so that a disturbance affects both sides. */
export function paired(
  ours: readonly number[],
  others: readonly number[],
  compare: (our: number, other: number) => number,
): Summary {
  return summarize(
    ours.flatMap((our, round) => (others[round] === undefined ? [] : [compare(our, others[round])])),
  )
}

/** Rounds to 5 digits. The rest is noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(5))
}

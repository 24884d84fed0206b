// Measures what npm installs.
import type { Samples } from '../results.ts'
import { installed } from '../size.ts'
import type { Session } from './session.ts'

export const MEGABYTE = 1_000_000

export function measureSizes({ add }: Session): void {
  const sets = {
    us: installed(['@rds-iam/core']),
    recipe: installed(['@aws-sdk/rds-signer']),
    // Its documentation also requires these two for the plugin `iam`.
    wrapper: installed([
      'aws-advanced-nodejs-wrapper',
      '@aws-sdk/rds-signer',
      '@aws-sdk/credential-providers',
    ]),
  }
  const samples = (of: (name: keyof typeof sets) => number): Samples => ({
    us: [of('us')],
    recipe: [of('recipe')],
    wrapper: [of('wrapper')],
  })
  add(
    'size',
    'installed in addition to the driver',
    'MB',
    samples((name) => sets[name].bytes / MEGABYTE),
  )
  add(
    'packages',
    'packages in addition to the driver',
    '',
    samples((name) => sets[name].packages),
  )
}

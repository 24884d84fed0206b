// The cause that many steps may see: a region that is not the endpoint's.
import type { RegionFound } from '../examination.ts'
import { act, type Cause } from './cause.ts'
import { flag } from './target.ts'

/** The endpoint is in another region than the one that is signed for. */
export function wrongRegion({ region, origin }: RegionFound, theirs: string, because: string): Cause {
  const { from, name } = origin
  const source =
    from === 'environment' ? `, as ${name} says` : from === 'profile' ? `, as the profile ${name} says` : ''
  return {
    id: 'region',
    certainty: 'proven',
    title: `The endpoint is in ${theirs}, not in ${region}${source}`,
    because,
    cures: [act(flag('region', theirs))],
  }
}

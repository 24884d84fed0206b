// Measures what tokens cost, and how many are signed.
import { inRounds } from '../rounds.ts'
import { type Session, withTokens, withWorkers } from './session.ts'
import { MEGABYTE } from './sizes.ts'

/** The time and the memory that a token costs. */
export async function measureTokens(session: Session): Promise<void> {
  const { extent, add, say } = session
  say('tokens')
  const names = ['us', 'recipe'] as const
  await withTokens(session, async (workers) => {
    const [rounds, gets, signings] = extent.tokens
    const measured = await inRounds(
      names,
      { rounds, warmUps: rounds > 1 ? 2 : 0, withinMs: 10_000 },
      async (name) => {
        // A signer has no cache, so getting a token means signing one.
        const got = await workers[name].get(name === 'us' ? gets : signings)
        const signed = await workers[name].sign(signings)
        return { ns: got.ms * 1e6, us: signed.ms * 1e3 }
      },
    )
    add('get', 'a token for a new connection', 'ns', measured.ns, [{ most: 1_000 }])
    add('sign', 'resolving credentials and signing', 'µs', measured.us, [{ most: 100 }])
    const held = await inRounds(names, { rounds: Math.min(rounds, 5), warmUps: 1 }, async (name) => ({
      megabytes: (await workers[name].sources(1_000)).bytes / MEGABYTE,
    }))
    add('memory', 'memory of 1,000 token sources', 'MB', held.megabytes)
  })
}

/** How many tokens are signed, and how often credentials are resolved. */
export async function measureCounts(session: Session): Promise<void> {
  const { bench, extent, add, say } = session
  const count = extent.tenMinutes
  say(`${count} connections in 10 minutes`)
  // On mysql2, where connections cost all contenders the same, because this only counts.
  const signers = ['us', 'recipe', 'wrapper'] as const
  await withWorkers(
    session,
    'mysql2',
    signers,
    async (asked) => {
      const measured = await inRounds(signers, { rounds: 1 }, async (name) => {
        const before = await bench.resolutions()
        const signed = await asked[name].tenMinutes(count)
        return { signed, resolved: (await bench.resolutions()) - before }
      })
      const title = `per ${count.toLocaleString('en')} connections in 10 minutes`
      add('signings', `signings ${title}`, '', measured.signed, [{ most: 1 }])
      add('resolutions', `credential resolutions ${title}`, '', measured.resolved, [{ most: 1 }])
    },
    true,
  )
}

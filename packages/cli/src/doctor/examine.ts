// Runs an examination. Says which step depends on which, and how long each may take.
import type { Socket } from 'node:net'
import { type IamTarget, inspectTarget, parseRdsHost } from '@rds-iam/core'
import type {
  Examination,
  Findings,
  LoginFound,
  Outcome,
  SessionFound,
  StepName,
  Subject,
  TcpFound,
} from './examination.ts'
import { serviceUrl } from './service-url.ts'
import { NotDone, need, StepFault, step } from './step.ts'
import { compareClocks, orServers } from './steps/clock.ts'
import { describeToken, findCredentials } from './steps/credentials.ts'
import { type Client, logIn } from './steps/login.ts'
import { addressOf, dialTcp, findAddresses } from './steps/network.ts'
import { findRegion, readOptions, subjectOf } from './steps/options.ts'
import { examineTls } from './steps/tls.ts'
import { endpointBehind, READ_ONLY } from './vocabulary.ts'

/** In milliseconds. */
const LIMITS = { network: 5_000, tls: 6_000, clock: 4_000, login: 10_000, session: 5_000 }
/** The default limit for resolving credentials and asking STS. */
const CREDENTIALS_MS = 10_000
const STS_MS = 5_000

/** A running examination. Independent steps run at the same time. */
export interface UnderWay {
  readonly subject: Subject
  readonly steps: { readonly [name in StepName]: Promise<Outcome<Findings[name]>> }
}

export function examine(target: IamTarget): UnderWay {
  const inspection = inspectTarget(target)
  const subject = subjectOf(target, inspection)
  const { engine, host, port, via } = inspection.parts
  const dial = via ?? (host === undefined || port === undefined ? undefined : { host, port })
  const unknown = 'the address is unknown'

  const options = step(LIMITS.network, () => readOptions(target, inspection))
  const region = step(LIMITS.network, () => findRegion(inspection))
  const services = need(region, 'the region is unknown').then(({ region }) => ({
    region,
    sts: serviceUrl('sts', region),
    rds: serviceUrl('rds', region),
  }))
  services.catch(() => {}) // the steps that need the services report it

  const dns = step(LIMITS.network, (signal) => {
    if (!dial) throw new NotDone(unknown)
    return findAddresses(dial, host, signal)
  })
  // Values that a step passes to the next without showing them.
  let socket: Socket | undefined
  let client: Client | undefined
  const tcp = dns.then(({ status }) =>
    step<TcpFound>(LIMITS.network, async (signal) => {
      if (!dial) throw new NotDone(unknown)
      if (status === 'failed') throw new NotDone('no address')
      socket = await dialTcp(dial, signal)
      return { address: addressOf(socket, dial) }
    }),
  )
  const tls = Promise.all([dns, tcp]).then(([names]) =>
    step(LIMITS.tls, (signal) => {
      if (!dial || !socket) throw new NotDone('no connection')
      if (!engine || host === undefined) {
        socket.destroy()
        throw new NotDone('the engine or the host is unknown')
      }
      const cnames = names.status === 'ok' ? names.found.cnames : []
      const expected = (subject.cname ? endpointBehind(host, cnames) : undefined) ?? host
      return examineTls({ engine, dial, expected, roots: inspection.roots }, socket, signal)
    }),
  )
  const awsClock = step(LIMITS.clock + 1_000, async () => {
    const { sts, rds } = await services
    return compareClocks([...new Set([sts, rds])], LIMITS.clock)
  })
  const credentials = step((target.timeoutMs ?? CREDENTIALS_MS) + STS_MS, async () =>
    findCredentials(target, await services.catch(() => undefined)),
  )
  const token = credentials.then(({ status, ...outcome }) =>
    step(LIMITS.network, async () => {
      const { problems } = inspection
      if (problems.length > 0) throw new NotDone('the options are wrong')
      // Credentials that STS refuses can still sign.
      if (status === 'failed' && !('found' in outcome)) throw new NotDone('no credentials')
      return describeToken(target)
    }),
  )
  const login = Promise.all([options, tls, token]).then(() =>
    step<LoginFound>(LIMITS.login + 1_000, async () => {
      const wrong = 'the options are wrong'
      if (!engine) throw new NotDone(wrong)
      await need(options, wrong)
      await need(tls, 'no trusted connection')
      await need(token, 'no token')
      const { found, ...open } = await logIn(engine, target, LIMITS.login)
      client = open
      return found
    }),
  )
  const session = login.then(() =>
    step<SessionFound>(LIMITS.session, async (signal) => {
      if (!client) throw new NotDone('no login')
      const { ask, close } = client
      signal.addEventListener('abort', close)
      const found = await ask().finally(close)
      const { kind } = parseRdsHost(host ?? '') ?? {}
      if (found.readOnly && (kind === 'writer' || kind === 'global-writer'))
        throw new StepFault(READ_ONLY, 'the server is read-only', found)
      return found
    }),
  )
  const clock = awsClock.then((outcome) => orServers(outcome, session))
  return {
    subject,
    steps: { options, region, dns, tcp, tls, clock, credentials, token, login, session },
  }
}

export async function finished({ steps }: UnderWay): Promise<Examination> {
  const entries = await Promise.all(
    Object.entries(steps).map(async ([name, outcome]) => [name, await outcome]),
  )
  // The cast holds because each outcome is under the name of its own step.
  return Object.fromEntries(entries) as Examination
}

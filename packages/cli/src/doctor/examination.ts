// What an examination finds: plain values, from which causes are ranked and pages are made.
import type { EndpointKind, Engine, Origin, Problem, TrustedRoot } from '@rds-iam/core'

/** A value of the target, as text, and where it came from. */
export interface Value {
  readonly name: string
  readonly value: string
  readonly origin: Origin
}

export interface OptionsFound {
  readonly values: readonly Value[]
  readonly problems: readonly Problem[]
}

export interface RegionFound {
  readonly region: string
  readonly origin: Origin
  readonly partition: string
  /** What the host's name says it is. */
  readonly kind: EndpointKind | undefined
}

export interface DnsFound {
  /** The name that is dialled. */
  readonly name: string
  readonly addresses: readonly string[]
  /** What the endpoint's name is an alias of, and that in turn. */
  readonly cnames: readonly string[]
}

export interface TcpFound {
  /** `127.0.0.1:5432`, or the path of a socket. */
  readonly address: string
}

export interface TlsFound {
  /** `TLSv1.3` */
  readonly protocol: string
  readonly cipher: string
  /** The name that the certificate must bear. */
  readonly expected: string
  /** The names that it bears. */
  readonly names: readonly string[]
  readonly validUntil: string
  /** The common names of the issuers, as far as the chain is known. */
  readonly issuers: readonly string[]
  /** The root at the end of the chain, if it is one that is trusted. */
  readonly root: { readonly name: string; readonly from: TrustedRoot['from'] } | undefined
}

export interface ClockFound {
  /** Whose clock this machine's is compared with. */
  readonly source: string
  /** How far this machine's clock is ahead of it, in milliseconds; right to a second. */
  readonly aheadMs: number
}

/** What STS says of the credentials. */
export type Caller =
  | { readonly status: 'known'; readonly account: string; readonly arn: string }
  /** STS does not know the key, or no longer. */
  | { readonly status: 'refused'; readonly code: string; readonly message: string }
  /** STS could not be asked. */
  | { readonly status: 'unknown'; readonly why: string }

export interface CredentialsFound {
  readonly keyId: string
  readonly source: string | undefined
  readonly temporary: boolean
  readonly endsAt: string | undefined
  readonly caller: Caller
}

export interface TokenFound {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly region: string
  readonly keyId: string
  readonly signedAt: string
  readonly endsAt: string
  readonly length: number
}

export interface LoginFound {
  /** `pg 8.23.1` */
  readonly driver: string
  /** Whether it is the project's own, in whose folder the examination runs. */
  readonly ofProject: boolean
  /** Whether the server asked for the token, and got it, as far as the driver tells. */
  readonly tokenSent: boolean
}

export interface SessionFound {
  readonly user: string
  readonly database: string | undefined
  readonly version: string
  /** As the server itself has it; undefined if TLS ends before it, as at a proxy. */
  readonly tls: string | undefined
  /** How far this machine's clock is ahead of the server's, in milliseconds. */
  readonly aheadMs: number
}

export interface Findings {
  readonly options: OptionsFound
  readonly region: RegionFound
  readonly dns: DnsFound
  readonly tcp: TcpFound
  readonly tls: TlsFound
  readonly clock: ClockFound
  readonly credentials: CredentialsFound
  readonly token: TokenFound
  readonly login: LoginFound
  readonly session: SessionFound
}

export type StepName = keyof Findings

/** Why a step failed. */
export interface Fault {
  /** SQLSTATE, MySQL's number, an error code of Node or of rds-iam, or a word of the step's own. */
  readonly code: string
  readonly message: string
  /** Where the credentials are from that it is about, should there be no others. */
  readonly source?: string
}

export type Outcome<F> =
  | { readonly status: 'ok'; readonly ms: number; readonly found: F }
  | { readonly status: 'failed'; readonly ms: number; readonly fault: Fault; readonly found?: F }
  | { readonly status: 'skipped'; readonly ms: number; readonly why: string }

/** All steps, in the order in which they are told. */
export type Examination = { readonly [name in StepName]: Outcome<Findings[name]> }

/** What is known before any step, and what causes are told with. */
export interface Subject {
  readonly engine: Engine | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly database: string | undefined
  readonly via: string | undefined
  readonly cname: boolean
  /** The profile to hand to AWS's own program. */
  readonly profile: string | undefined
  /** The ARN of the role that is to be assumed. */
  readonly role: string | undefined
}

export const STEPS: readonly StepName[] = [
  'options',
  'region',
  'dns',
  'tcp',
  'tls',
  'clock',
  'credentials',
  'token',
  'login',
  'session',
]

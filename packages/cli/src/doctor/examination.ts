// The findings of an examination, as plain values.
import type {
  CredentialSource,
  EndpointKind,
  Engine,
  Origin,
  RenderedProblem,
  TrustedRoot,
} from '@rds-iam/core'

/** A value of the target, as text, and its origin. */
export interface Value {
  readonly name: string
  readonly value: string
  readonly origin: Origin
}

export interface OptionsFound {
  readonly values: readonly Value[]
  /** The problems, with options named by their flags. */
  readonly problems: readonly RenderedProblem[]
}

export interface RegionFound {
  readonly region: string
  readonly origin: Origin
  readonly partition: string
  /** The kind of endpoint, according to the host name. */
  readonly kind: EndpointKind | undefined
}

export interface DnsFound {
  /** The name to connect to. */
  readonly name: string
  readonly addresses: readonly string[]
  /** The chain of CNAMEs of the endpoint's name. */
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
  /** The name that the certificate must be valid for. */
  readonly expected: string
  /** The names in the certificate. */
  readonly names: readonly string[]
  readonly validUntil: string
  /** The common names of the issuers, as far as Node knows the chain. */
  readonly issuers: readonly string[]
  /** The root at the end of the chain, if it is trusted. */
  readonly root: { readonly name: string; readonly from: TrustedRoot['from'] } | undefined
}

export interface ClockFound {
  /** The clock to compare this machine's clock with. */
  readonly source: string
  /** How far this machine's clock is ahead of it, in milliseconds, accurate to one second. */
  readonly aheadMs: number
}

/** What STS says about the credentials. */
export type Caller =
  | { readonly status: 'known'; readonly account: string; readonly arn: string }
  /** STS doesn't know the key, or it has expired. */
  | { readonly status: 'refused'; readonly code: string; readonly message: string }
  /** STS could not be asked. */
  | { readonly status: 'unknown'; readonly why: string }

export interface CredentialsFound {
  readonly keyId: string
  /** Undefined for credentials that were passed, or if the AWS SDK doesn't say. */
  readonly source: CredentialSource | undefined
  readonly temporary: boolean
  readonly endsAt: string | undefined
  readonly caller: Caller
}

export interface TokenFound {
  readonly host: string
  /** Undefined for Aurora DSQL, because its tokens contain no port. */
  readonly port: number | undefined
  /** Undefined if any user except `admin` can log in with it, as with Aurora DSQL. */
  readonly user: string | undefined
  readonly region: string
  readonly keyId: string
  readonly signedAt: string
  readonly endsAt: string
  readonly length: number
}

export interface LoginFound {
  /** `pg 8.23.1` */
  readonly driver: string
  /** Whether the driver comes from the project in the current folder. */
  readonly ofProject: boolean
  /** Whether the server asked for the token and got it, as far as the driver shows it. */
  readonly tokenSent: boolean
}

export interface SessionFound {
  readonly user: string
  readonly database: string | undefined
  readonly version: string
  /** TLS as the server sees it; undefined if TLS ends at a proxy in front of the server. */
  readonly tls: string | undefined
  /** Whether the server refuses writes, as a replica does. */
  readonly readOnly: boolean
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
  /** An SQLSTATE, a MySQL error number, an error code of Node or rds-iam, or a code of the step. */
  readonly code: string
  readonly message: string
  /** Where the credentials come from, if the step has no findings. */
  readonly source?: CredentialSource
}

export type Outcome<F> =
  | { readonly status: 'ok'; readonly ms: number; readonly found: F }
  | { readonly status: 'failed'; readonly ms: number; readonly fault: Fault; readonly found?: F }
  | { readonly status: 'skipped'; readonly ms: number; readonly why: string }

/** All steps, in display order. */
export type Examination = { readonly [name in StepName]: Outcome<Findings[name]> }

/** The target, as far as it is known before the first step. */
export interface Subject {
  readonly engine: Engine | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly database: string | undefined
  readonly via: string | undefined
  readonly cname: boolean
  /** The profile to pass to the AWS CLI. */
  readonly profile: string | undefined
  /** The ARN of the role to assume. */
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

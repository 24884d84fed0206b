// Steps 7 and 8: which credentials sign, whether AWS knows them, and what the token contains.
import {
  type CredentialSource,
  credentialsOf,
  type IamTarget,
  inspectCredentials,
  inspectToken,
  RdsIamError,
} from '@rds-iam/core'
import type { Caller, CredentialsFound, TokenFound } from '../examination.ts'
import { StepFault } from '../step.ts'
import { ASSUMING_ROLE } from '../vocabulary.ts'
import { refusalOf, silenceOf, whyNot } from './sts.ts'

/** How long STS may take. The other steps don't need it. */
const STS_MS = 4_000

/** A region and the URL of its STS. */
interface Services {
  readonly region: string
  readonly sts: string
}

export async function findCredentials(
  target: IamTarget,
  services: Services | undefined,
): Promise<CredentialsFound> {
  const { keyId, source, temporary, endsAt } = await inspectCredentials(target).catch((error: unknown) =>
    throwAnswerOfSts(error, target),
  )
  const caller: Caller =
    services === undefined
      ? { status: 'unknown', why: 'the region is unknown' }
      : await callerOf(target, services)
  const found = { keyId, source, temporary, endsAt: endsAt?.toISOString(), caller }
  if (caller.status === 'refused') throw new StepFault(caller.code, caller.message, found)
  return found
}

/** Throws the fault if STS refused, or didn't answer, a request for a role's credentials. */
async function throwAnswerOfSts(error: unknown, target: IamTarget): Promise<never> {
  const { cause, code }: { cause?: unknown; code?: unknown } = Object(error)
  const refusal = refusalOf(cause)
  if (refusal) {
    const source = await sourceOf(target, error)
    throw new StepFault(`${ASSUMING_ROLE}${refusal.code}`, refusal.message, undefined, source)
  }
  const silence = silenceOf(cause)
  if (silence) throw new StepFault(silence.code, silence.message)
  if (code === 'ERR_RDS_IAM_CREDENTIALS_TIMEOUT' && (await hasTheOthers(target)))
    throw new StepFault('no-sts', 'STS: no answer in time')
  throw error
}

/** Whether there are credentials to assume the role with. If so, it is STS that doesn't answer. */
function hasTheOthers({ role, ...others }: IamTarget): Promise<boolean> {
  if (role === undefined) return Promise.resolve(false)
  return inspectCredentials({ ...others, timeoutMs: STS_MS }).then(
    () => true,
    () => false,
  )
}

/** The source of the credentials that should assume the role. */
async function sourceOf(
  { role, ...others }: IamTarget,
  error: unknown,
): Promise<CredentialSource | undefined> {
  // The last source that was tried. If its role can't be assumed, no other source is tried.
  const last = error instanceof RdsIamError ? error.tried?.at(-1)?.source : undefined
  if (role === undefined) return last
  return inspectCredentials(others).then(
    ({ source }) => source,
    () => last,
  )
}

/** `aws sts get-caller-identity`, which needs no permission. */
async function callerOf(target: IamTarget, { region, sts: endpoint }: Services): Promise<Caller> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts')
  const sts = new STSClient({
    region,
    endpoint,
    credentials: credentialsOf(target),
    maxAttempts: 2, // the second attempt uses AWS's time, if this machine's clock is wrong
    requestHandler: { connectionTimeout: STS_MS / 2, requestTimeout: STS_MS / 2 },
  })
  try {
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}), {
      abortSignal: AbortSignal.timeout(STS_MS),
    })
    if (!Account || !Arn) return { status: 'unknown', why: 'something other than STS answered' }
    return { status: 'known', account: Account, arn: Arn }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal) return { status: 'refused', ...refusal }
    const { code, name }: { code?: unknown; name?: unknown } = Object(error)
    if (name === 'AbortError' || name === 'TimeoutError')
      return { status: 'unknown', why: `no answer within ${STS_MS / 1000} s` }
    return { status: 'unknown', why: String(code ?? whyNot(error)) }
  } finally {
    sts.destroy()
  }
}

export async function describeToken(target: IamTarget): Promise<TokenFound> {
  const { signedAt, endsAt, ...facts } = await inspectToken(target)
  return { ...facts, signedAt: signedAt.toISOString(), endsAt: endsAt.toISOString() }
}

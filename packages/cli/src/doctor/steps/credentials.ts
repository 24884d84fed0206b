// Steps 7 and 8: whose credentials sign, whether AWS knows them, and what the token says.
import { credentialsOf, type IamTarget, inspectCredentials, inspectToken } from '@rds-iam/core'
import type { Caller, CredentialsFound, TokenFound } from '../examination.ts'
import { firstLine, StepFault } from '../step.ts'

/** How long STS may take: without it everything else goes on. */
const STS_MS = 4_000

/** A region, and where its STS is. */
interface Services {
  readonly region: string
  readonly sts: string
}

export async function findCredentials(
  target: IamTarget,
  services: Services | undefined,
): Promise<CredentialsFound> {
  const { keyId, source, temporary, endsAt } = await inspectCredentials(target).catch((error: unknown) =>
    throwRefusal(error, target),
  )
  const caller: Caller =
    services === undefined
      ? { status: 'unknown', why: 'without a region, there is no STS to ask' }
      : await callerOf(target, services)
  const found = { keyId, source, temporary, endsAt: endsAt?.toISOString(), caller }
  if (caller.status === 'refused') throw new StepFault(caller.code, caller.message, found)
  return found
}

/** What a fault is called when STS refused to let a role be assumed; its own code follows. */
export const ASSUMING = 'AssumeRole:'

/** Tells of a role that can't be assumed, and by whose credentials, in place of credentials that are not found. */
async function throwRefusal(error: unknown, target: IamTarget): Promise<never> {
  const { cause }: { cause?: unknown } = Object(error)
  const { name, $fault, message }: { name?: unknown; $fault?: unknown; message?: unknown } = Object(cause)
  if (typeof name !== 'string' || name === 'Unknown' || $fault !== 'client') throw error
  const source = await sourceOf(target, error)
  throw new StepFault(`${ASSUMING}${name}`, withoutRequest(String(message)), undefined, source)
}

/** Where the credentials are from that are to assume the role. */
async function sourceOf({ role, ...others }: IamTarget, error: unknown): Promise<string | undefined> {
  // The last source that was tried: none comes after one whose role can't be assumed.
  const last = /\n {2}- ([^:\n]+)$/.exec(String(Object(error).message))?.[1]
  if (role === undefined) return last
  return inspectCredentials(others).then(
    ({ source }) => source,
    () => last,
  )
}

/** `aws sts get-caller-identity`, which needs no permission. */
async function callerOf(target: IamTarget, { region, sts: endpoint }: Services): Promise<Caller> {
  const { GetCallerIdentityCommand, STSClient, STSServiceException } = await import('@aws-sdk/client-sts')
  const sts = new STSClient({
    region,
    endpoint,
    credentials: credentialsOf(target),
    maxAttempts: 2, // the second with AWS's time, should this machine's be wrong
    requestHandler: { connectionTimeout: STS_MS / 2, requestTimeout: STS_MS / 2 },
  })
  try {
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}), {
      abortSignal: AbortSignal.timeout(STS_MS),
    })
    return { status: 'known', account: Account, arn: Arn }
  } catch (error) {
    if (error instanceof STSServiceException) {
      // What is not in STS's own form has no name: it is of something between.
      if (error.$fault === 'client' && error.name !== 'Unknown')
        return { status: 'refused', code: error.name, message: withoutRequest(error.message) }
      return { status: 'unknown', why: `HTTP status ${error.$metadata.httpStatusCode}` }
    }
    const { code, name, message }: { code?: unknown; name?: unknown; message?: unknown } = Object(error)
    if (name === 'AbortError' || name === 'TimeoutError')
      return { status: 'unknown', why: `no answer within ${STS_MS / 1000} s` }
    return { status: 'unknown', why: firstLine(String(code ?? message)) }
  } finally {
    sts.destroy()
  }
}

/** AWS may quote the request that it would have signed, session token and all. */
function withoutRequest(message: string): string {
  return message.replace(/\s*(?:\n|The Canonical String).*/s, '')
}

export async function describeToken(target: IamTarget): Promise<TokenFound> {
  const { signedAt, endsAt, ...facts } = await inspectToken(target)
  return { ...facts, signedAt: signedAt.toISOString(), endsAt: endsAt.toISOString() }
}

// Reads the identity that signs: the profile, the role, the credentials, and how long they may take.
import { types } from 'node:util'
import { shown } from '../errors.ts'
import type { Problems } from '../problems.ts'
import { isOptions, ownOptions } from '../target/own-options.ts'
import type { IamTarget, RoleToAssume } from '../target/target.ts'
import type { Identity } from '../token/identity.ts'

/** Node.js fires a timer with a longer delay at once. */
const LONGEST_MS = 2 ** 31 - 1

/** Reads a target's own fields; `region` is where STS is asked. */
export function readIdentity(target: IamTarget, region: string, problems: Problems): Identity {
  const { profile, credentials, timeoutMs = 10_000 } = target
  if (profile !== undefined && (typeof profile !== 'string' || profile === '')) {
    problems.add({
      option: 'profile',
      seen: `${shown(profile)} is not the name of a profile`,
      instead: 'write the name of one in the shared AWS config, or leave it out',
    })
  }
  if (credentials !== undefined && profile !== undefined) {
    const seen = ['conflicts with ', { option: 'credentials' }]
    problems.add({ option: 'profile', seen, instead: 'leave out one of them' })
  }
  if (credentials !== undefined && typeof credentials !== 'function') checkCredentials(credentials, problems)
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= LONGEST_MS)) {
    problems.add({
      option: 'timeoutMs',
      seen: `${shown(timeoutMs)} is not a time`,
      instead: `write milliseconds, such as 10000, and ${LONGEST_MS} at most`,
    })
  }
  return { profile, role: readRole(target.role, problems), credentials, region, timeoutMs }
}

/** Values are not shown: they may be secret. */
function checkCredentials(credentials: unknown, problems: Problems): void {
  const option = 'credentials'
  const { accessKeyId, secretAccessKey, sessionToken, expiration }: Record<string, unknown> = isOptions(
    credentials,
  )
    ? ownOptions(credentials)
    : {}
  if (![accessKeyId, secretAccessKey].every((key) => typeof key === 'string' && key !== '')) {
    problems.add({
      option,
      seen: 'has no accessKeyId and secretAccessKey',
      instead: 'write both as strings, or a function that returns them',
    })
  }
  if (sessionToken !== undefined && typeof sessionToken !== 'string')
    problems.add({
      option: `${option}.sessionToken`,
      seen: 'is not a string',
      instead: 'write one, or leave it out',
    })
  if (expiration !== undefined && !types.isDate(expiration))
    problems.add({
      option: `${option}.expiration`,
      seen: 'is not a Date',
      instead: 'write one, or leave it out',
    })
}

const ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/

function readRole(role: unknown, problems: Problems): RoleToAssume | undefined {
  if (role === undefined) return undefined
  const fields: Readonly<Record<string, unknown>> = isOptions(role) ? ownOptions(role) : { arn: role }
  const { arn, externalId, sessionName, ...others } = fields
  const fits = (value: unknown, form: RegExp): value is string =>
    typeof value === 'string' && form.test(value)
  for (const name of Object.keys(others)) {
    problems.add({
      option: `role.${name}`,
      seen: 'is not an option',
      instead: 'remove it; write arn, externalId and sessionName',
    })
  }
  if (sessionName !== undefined && !fits(sessionName, SESSION_NAME)) {
    problems.add({
      option: 'role.sessionName',
      seen: `${shown(sessionName)} is not a session name`,
      instead: 'write 2 to 64 letters, digits, or any of _+=,.@-',
    })
  }
  if (externalId !== undefined && !fits(externalId, EXTERNAL_ID)) {
    problems.add({
      option: 'role.externalId',
      seen: 'is not an external ID', // some keep it secret
      instead: 'write 2 to 1224 letters, digits, or any of _+=,.@:/-',
    })
  }
  if (!fits(arn, ARN)) {
    problems.add({
      option: 'role',
      seen: arn === undefined ? 'has no arn' : `${shown(arn)} is not the ARN of a role`,
      instead: 'write arn:aws:iam::123456789012:role/name',
    })
    return undefined
  }
  return {
    arn,
    ...(fits(externalId, EXTERNAL_ID) && { externalId }),
    ...(fits(sessionName, SESSION_NAME) && { sessionName }),
  }
}

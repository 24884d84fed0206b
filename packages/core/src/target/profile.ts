// The region of a profile in the shared AWS config, read at once so that a missing region fails early.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeOs } from '../node-modules.ts'
import { type Environment, variable } from './environment.ts'

/** The profile in use. */
export function profileName(profile: string | undefined, env: Environment): string {
  return profile ?? variable(env, 'AWS_PROFILE') ?? 'default'
}

/**
 * The region that a profile names, as the SDKs find it: in the credentials file, else in the config file.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function profileRegion(profile: string | undefined, env: Environment): string | undefined {
  const name = profileName(profile, env)
  return (
    regionIn(variable(env, 'AWS_SHARED_CREDENTIALS_FILE') ?? inHome('credentials'), name) ??
    regionIn(variable(env, 'AWS_CONFIG_FILE') ?? inHome('config'), name)
  )
}

/** Undefined if the user has no home, such as a numeric user in a container. */
function inHome(file: string): string | undefined {
  try {
    return join(nodeOs().homedir(), '.aws', file)
  } catch {
    return undefined
  }
}

function regionIn(file: string | undefined, profile: string): string | undefined {
  if (file === undefined) return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined // no such file is the ordinary case
  }
  let inProfile = false
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[([^\]]*)\]/.exec(line)?.[1]
    if (section !== undefined) inProfile = profileOf(section) === profile
    // A setting starts its line: an indented one belongs to a nested setting, such as `s3 =`.
    else if (inProfile && /^region\s*=/.test(line))
      return withoutComment(line.slice(line.indexOf('=') + 1)) || undefined
  }
  return undefined
}

/** As AWS's SDK reads it: a comment begins with a space before its sign. */
function withoutComment(value: string): string {
  return value.replace(/\s[;#].*/, '').trim()
}

/** The name in `[profile name]`, which may be in quotes. */
function profileOf(section: string): string {
  const name = section.trim().replace(/^profile\s+/, '')
  return (/^"(.*)"$/.exec(name)?.[1] ?? name).trim()
}

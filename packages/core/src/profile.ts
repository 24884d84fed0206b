// The region of a profile in the shared AWS config, read at once so that a missing region fails early.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The profile that counts. */
export function profileName(
  profile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return profile ?? (env.AWS_PROFILE || 'default')
}

/**
 * The region that a profile names, as the SDKs find it: in the credentials file, else in the config file.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function profileRegion(
  profile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = profileName(profile, env)
  return (
    regionIn(env.AWS_SHARED_CREDENTIALS_FILE || inHome('credentials'), name) ??
    regionIn(env.AWS_CONFIG_FILE || inHome('config'), name)
  )
}

/** Undefined where the user has no home, as one in a container may who is but a number. */
function inHome(file: string): string | undefined {
  try {
    return join(homedir(), '.aws', file)
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
    if (section !== undefined) inProfile = nameOf(section) === profile
    // A setting starts its line: an indented one belongs to a nested setting, such as `s3 =`.
    else if (inProfile && /^region\s*=/.test(line))
      // A comment begins with a space before its sign, as AWS's SDK reads it.
      return line.replace(/^[^=]+=|\s[;#].*/g, '').trim() || undefined
  }
  return undefined
}

/** The name in `[profile name]`, which may stand in quotes. */
function nameOf(section: string): string {
  const name = section.trim().replace(/^profile\s+/, '')
  return (/^"(.*)"$/.exec(name)?.[1] ?? name).trim()
}

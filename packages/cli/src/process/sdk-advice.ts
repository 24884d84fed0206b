// Silences the AWS SDK's warnings, for example about Node's version, because each line on stderr should be an error.

const SWITCH = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'
const given = process.env[SWITCH]

/** Call this before the SDK is loaded. */
export function silenceSdk(): void {
  process.env[SWITCH] = 'true'
  console.warn = () => {} // only the SDK uses it here
}

/** The environment as it was at the start, for the user's command. */
export function inheritedEnv(): NodeJS.ProcessEnv {
  return { ...process.env, [SWITCH]: given }
}

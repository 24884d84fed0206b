// The AWS SDK's advice, on the version of Node and the like: on stderr each line is to be an error of ours.

const SWITCH = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'
const given = process.env[SWITCH]

/** To be called before the SDK is loaded. */
export function silenceSdk(): void {
  process.env[SWITCH] = 'true'
  console.warn = () => {} // nothing but the SDK speaks through it here
}

/** The environment as it was handed to us, for a command of the user's. */
export function inheritedEnv(): NodeJS.ProcessEnv {
  return { ...process.env, [SWITCH]: given }
}

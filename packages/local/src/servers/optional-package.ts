// Loads packages that users install only if they need them.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * A `require` that finds the package, or undefined if it is not installed. Looks from here, and then from the user's
 * project, since npx may run this package from elsewhere. Not import(), which Jest does not allow in CommonJS.
 */
export function requireFor(name: string): NodeJS.Require | undefined {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href]) {
    const require = createRequire(from)
    try {
      require.resolve(name)
      return require
    } catch {}
  }
  return undefined
}

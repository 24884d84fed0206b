// Loads packages that users install only if they need them.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Returns a `require` that finds the package, or undefined if it isn't installed. Looks in this package first, then in
 * the user's project, because npx may run this package from elsewhere. Jest doesn't allow import() in CommonJS.
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

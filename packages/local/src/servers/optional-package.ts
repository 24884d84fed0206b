// Packages that users install only if they need them.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * A `require` that finds the package, or undefined when it is not installed. Looked for from here, and from the
 * user's project: there it is, for one who runs this package by npx. No import(), which Jest does not grant to
 * CommonJS.
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

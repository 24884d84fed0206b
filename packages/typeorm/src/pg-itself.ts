// The driver pg without its native bindings, which don't support a password function.
import { createRequire } from 'node:module'

/**
 * If the package pg-native is installed, TypeORM uses pg's native bindings. So we pass pg without them as the driver. If
 * pg can't be found from here, as in a bundle, TypeORM looks for it itself.
 */
export function pgItself(driver: unknown): { readonly driver?: object } {
  try {
    const pg: unknown = driver ?? createRequire(import.meta.url)('pg')
    return { driver: { ...Object(pg), native: undefined } }
  } catch {
    return {}
  }
}

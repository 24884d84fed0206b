// TypeORM's options as both ways have them.

/**
 * What stands in options about the login. `driver` is pg itself with ours on PostgreSQL, and `connectorPackage` is what
 * TypeORM 0.3 needs with ours on MySQL.
 */
const LOGIN = ['password', 'ssl', 'iam', 'authPlugins', 'stream', 'driver', 'connectorPackage']

/** Options without the login's own. Ours stands in `extra`, too, which is left out where nothing else is in it. */
export function less(options: object): unknown {
  const { extra, ...others } = Object.fromEntries(
    Object.entries(options)
      .filter(([name]) => !LOGIN.includes(name))
      .map(([name, value]) => [name, clean(value)]),
  )
  return Object.keys(Object(extra)).length === 0 ? others : { ...others, extra }
}

function clean(value: unknown): unknown {
  return Array.isArray(value) ? value.map(clean) : value?.constructor === Object ? less(value) : value
}

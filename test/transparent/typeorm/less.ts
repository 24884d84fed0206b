// Removes the login from TypeORM's options, so that they can be compared.

/**
 * The options that belong to a login. Ours sets `driver` to pg on PostgreSQL, and `connectorPackage` on MySQL, because
 * TypeORM 0.3 needs it.
 */
const LOGIN = ['password', 'ssl', 'iam', 'authPlugins', 'stream', 'driver', 'connectorPackage']

/** Options without the login. Ours is also in `extra`, which is removed if nothing else is in it. */
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

// Recognizes the errors of a MySQL or MariaDB server that is read-only.

const OPTION_PREVENTS_STATEMENT = 1290
const READ_ONLY_MODE = 1836

/** A server's error, as both drivers show it. mariadb's `message` also contains the statement and its values. */
interface ReadOnlyError {
  readonly sqlMessage: string
}

/**
 * Whether the server itself is read-only: by an option that it names in any language, or because its InnoDB is, as on
 * Aurora's replicas. A transaction that its user made read-only has another number, 1792.
 */
export function saysReadOnly(error: unknown): error is ReadOnlyError {
  const { errno, sqlMessage }: { errno?: unknown; sqlMessage?: unknown } = Object(error)
  if (typeof sqlMessage !== 'string') return false
  if (errno === OPTION_PREVENTS_STATEMENT) return /--([a-z]+-)*read-only\b/.test(sqlMessage)
  return errno === READ_ONLY_MODE
}

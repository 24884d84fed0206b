// The names of a target's options, and what people write instead.
import type { Problems } from '../problems.ts'
import type { IamTarget } from '../target/target.ts'

const OPTIONS: { readonly [name in keyof Required<IamTarget>]: true } = {
  url: true,
  engine: true,
  host: true,
  port: true,
  user: true,
  database: true,
  region: true,
  profile: true,
  role: true,
  credentials: true,
  timeoutMs: true,
  via: true,
  cname: true,
  writer: true,
  ssl: true,
  dangerouslySkipServerVerification: true,
}

/** Their names in drivers and ORMs. */
const OTHER_NAMES: Readonly<Record<string, keyof IamTarget>> = {
  connectionString: 'url',
  uri: 'url',
  hostname: 'host',
  username: 'user',
  dbname: 'database',
  db: 'database',
  socketPath: 'via',
}

/** Whether an option belongs to a target, or to a driver. */
export function isTargetOption(name: string): boolean {
  return Object.hasOwn(OPTIONS, name)
}

/** The options that were written under another name. */
export function readMisnamed(target: IamTarget, problems: Problems): ReadonlySet<string> {
  const misnamed = Object.entries(OTHER_NAMES).filter(([name]) => Object.hasOwn(target, name))
  for (const [option, right] of misnamed) {
    problems.add({ option, seen: 'is not an option', instead: ['write ', { option: right }, ' instead'] })
  }
  return new Set(misnamed.map(([, right]) => right))
}

/** Refuses options of drivers if there is no driver, except those in `told`, which have been reported already. */
export function refuseUnknown(options: object, told: object, problems: Problems): void {
  for (const option of Object.keys(options)) {
    if (Object.hasOwn(told, option) || Object.hasOwn(OTHER_NAMES, option)) continue
    const instead = `remove it, or write one of ${Object.keys(OPTIONS).join(', ')}`
    problems.add({ option, seen: 'is not an option', instead })
  }
}

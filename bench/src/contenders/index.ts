// The contenders and the stacks. Each pair is a separate module, because a cold start must load only what it needs.
export const CONTENDERS = ['floor', 'us', 'recipe', 'wrapper'] as const
export type ContenderName = (typeof CONTENDERS)[number]

export const STACKS = {
  pg: 'postgres',
  mysql2: 'mysql',
  mariadb: 'mysql',
  'knex-pg': 'postgres',
  'knex-mysql2': 'mysql',
  'typeorm-pg': 'postgres',
  'typeorm-mysql2': 'mysql',
  'prisma-pg': 'postgres',
  'prisma-mariadb': 'mysql',
} as const
export type StackName = keyof typeof STACKS

/** AWS's wrapper supports pg and mysql2, with its own client classes, which these ORMs don't accept as a driver. */
export function contendersOn(stack: StackName): ContenderName[] {
  return CONTENDERS.filter((name) => name !== 'wrapper' || stack === 'pg' || stack === 'mysql2')
}

// Who is measured on what.
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

/** AWS's wrapper serves pg and mysql2, as clients of its own, which no ORM of these takes for a driver. */
export function contendersOn(stack: StackName): ContenderName[] {
  return CONTENDERS.filter((name) => name !== 'wrapper' || stack === 'pg' || stack === 'mysql2')
}

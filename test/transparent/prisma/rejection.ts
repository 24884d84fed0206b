// A rejected login on MySQL. Our adapter differs from Prisma's own here, as docs/prisma.md says.
import { expect } from 'vitest'
import type { Both, Way } from '../servers.ts'
import { type Kit, prismaOpener } from './open.ts'

type Client = ReturnType<Kit['open']>

/** Both logins are rejected. Ours must report it at once, with the reason. */
export async function expectPromptRejection({ ways: [plain, ours] }: Both): Promise<void> {
  await rejected(plain, { acquireTimeout: 300, initializationTimeout: 200 }, async (prisma) => {
    await expect(prisma.$connect()).resolves.toBeUndefined()
    await expect(prisma.user.count()).rejects.toMatchObject({ code: 'P2039' }) // the pool's timeout
  })
  await rejected(ours, { acquireTimeout: 60_000 }, async (prisma) => {
    const denied = { code: 'P1000', message: expect.stringContaining('IAM login of') }
    await expect(prisma.$connect()).rejects.toMatchObject(denied)
    await expect(prisma.user.count()).rejects.toMatchObject(denied)
    await expect(prisma.$queryRaw`SELECT 1`).rejects.toMatchObject(denied)
    const transaction = prisma.$transaction(async (tx) => tx.user.count())
    await expect(transaction).rejects.toMatchObject(denied)
  })
}

async function rejected(
  way: Way,
  pool: Record<string, unknown>,
  work: (prisma: Client) => Promise<void>,
): Promise<void> {
  const { open, closeAll } = prismaOpener('mysql', way)
  try {
    await work(open.openWrongly(pool))
  } finally {
    await closeAll()
  }
}

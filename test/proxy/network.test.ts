// A proxy that other machines can reach.
import { networkInterfaces } from 'node:os'
import { type ProxyRejection, startProxy } from '@rds-iam/proxy'
import { describe, expect, it } from 'vitest'
import { enter, useServers, verdictsOf } from '../support/rds.ts'
import { open, whoIs, withPart } from '../support/sessions.ts'

const servers = useServers()

/** This machine's address in its network. A machine without a network has only loopback. */
const address =
  Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === 'IPv4' && !found.internal)?.address ?? '127.0.0.1'

describe.each(['postgres', 'mysql'] as const)('a proxy on all addresses, on %s,', (engine) => {
  it('admits clients in the network with the local password only', async () => {
    const rds = servers[engine]()
    enter(rds)
    const rejected: ProxyRejection[] = []
    await using proxy = await startProxy(
      {},
      { host: '0.0.0.0', dangerouslyListenOnNetwork: true, onRejected: (event) => void rejected.push(event) },
    )
    const url = withPart(proxy.url, 'hostname', address)
    const refused = await verdictsOf(rds, async () => {
      const error = engine === 'mysql' ? { errno: 1045 } : { code: '28P01' }
      await expect(open(withPart(url, 'password', 'wrong'))).rejects.toMatchObject(error)
    })
    expect(rejected).toMatchObject([{ reason: 'password', client: address }])
    expect(refused.filter(({ admitted }) => admitted)).toEqual([])
    const admitted = await verdictsOf(rds, () => whoIs(url))
    expect(admitted).toMatchObject([{ admitted: true }])
  })

  it('starts only if dangerouslyListenOnNetwork is true', async () => {
    enter(servers[engine]())
    for (const options of [{}, { dangerouslyListenOnNetwork: false }]) {
      await expect(startProxy({}, { host: '0.0.0.0', ...options })).rejects.toMatchObject({
        code: 'ERR_RDS_IAM_OPTIONS',
        message: expect.stringMatching(/\n {2}host: .+, or write dangerouslyListenOnNetwork: true$/),
      })
    }
  })
})

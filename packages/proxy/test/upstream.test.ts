import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { IamTarget } from '@rds-iam/core'
import { readSettings, routeOf } from '@rds-iam/core/connect'
import { expect, it } from 'vitest'
import { Upstream } from '../src/upstream.ts'

it('has no token for a connection over which the server has not proven to be the endpoint', async () => {
  const target: IamTarget = {
    engine: 'postgres',
    host: 'orders.c9akciq32rgh.us-east-1.rds.amazonaws.com',
    user: 'jane_doe',
    credentials: { accessKeyId: 'AKIAKNOWNTOTHEGATE01', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' },
  }
  const settings = readSettings(target)
  const { endpoint, source } = routeOf(settings)
  const upstream = new Upstream(settings, endpoint.user)
  const link = { socket: new Socket(), address: endpoint, endpoint, source }
  await expect(upstream.token(new TLSSocket(new Socket()), link)).rejects.toThrow(/withheld .* not trusted/)
})

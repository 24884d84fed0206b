// The gates for the endpoints that a code block names, and an environment in which its connections reach them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LocalRds, startLocalRds } from '@rds-iam/local'
import { afterAll, beforeAll } from 'vitest'
import { type Dns, inNetwork, startDns } from '../support/dns.ts'
import { useFolder } from '../support/folder.ts'
import { useLocalRds } from '../support/rds.ts'
import { type Bare, playDsql } from './bare.ts'
import { type Block, HOST } from './pages.ts'
import { placeKeys } from './places.ts'

const KEY = { accessKeyId: 'AKIAKNOWNTOALLGATES1', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfi' }
const RULES = { region: 'eu-central-1', users: ['jane_doe'], keys: [KEY, ...placeKeys] }
const PORTS = { postgres: 5432, mysql: 3306 }
const ADMINISTRATORS = { postgres: 'postgres', mysql: 'somebody' }
const engines = ['postgres', 'mysql'] as const

export type Engine = keyof typeof PORTS

export function isEngine(name = ''): name is Engine {
  return Object.hasOwn(PORTS, name)
}

export interface Gates {
  /** The gates for the endpoint that most examples use. */
  readonly local: Readonly<Record<Engine, () => LocalRds>>
  /** The gates that a block logs in to, and the environment that routes its connections to them. */
  for(block: Block, engine: Engine): { gates: readonly LocalRds[]; env: Readonly<Record<string, string>> }
}

export function useGates(blocks: readonly Block[], bare: () => Bare): Gates {
  const useEngine = (engine: Engine): (() => LocalRds) =>
    useLocalRds({ engine, endpoint: { host: HOST, port: PORTS[engine] }, ...RULES })
  const local = { postgres: useEngine('postgres'), mysql: useEngine('mysql') }
  /** The gates for other endpoints, by engine and host. All share one server. */
  const others = new Map<string, LocalRds>()
  let dns: Dns
  const folder = useFolder()
  const caFile = join(folder, 'ca.pem')
  const credentialsFile = join(folder, 'credentials')
  beforeAll(async () => {
    await playDsql(bare().postgres)
    const aliases = blocks.map(({ marks }) => marks.get('cname')).filter((name) => name !== undefined)
    dns = await startDns(Object.fromEntries(aliases.map((name) => [name, HOST])))
    for (const engine of engines) {
      const { port, password } = bare()[engine]
      const upstream = `${engine}://${ADMINISTRATORS[engine]}:${password}@127.0.0.1:${port}/app`
      const dialling = blocks.filter(
        ({ marks }) => marks.get('run') === engine && marks.get('dials') === 'host',
      )
      for (const host of new Set(dialling.flatMap(endpointsIn))) {
        if (host === HOST) continue
        const endpoint = { host, port: PORTS[engine] }
        others.set(`${engine} ${host}`, await startLocalRds({ engine, endpoint, upstream, ...RULES }))
      }
    }
    const { accessKeyId, secretAccessKey } = KEY
    const profile = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`
    writeFileSync(credentialsFile, `[prod]\n${profile}\n`)
    writeFileSync(
      caFile,
      [local.postgres(), local.mysql(), ...others.values()].map(({ ca }) => ca).join('\n'),
    )
  })
  afterAll(async () => {
    dns.stop()
    for (const gate of others.values()) await gate.stop()
  })

  return {
    local,
    for(block, engine) {
      const rds = local[engine]()
      const env = {
        ...rds.env,
        DATABASE_URL: `${engine}://jane_doe@${HOST}/app`,
        AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
      }
      const dials = block.marks.get('dials')
      if (dials === undefined) return { gates: [rds], env }
      const names = dials === 'host' ? endpointsIn(block) : [dials]
      const leads = (names.length > 0 ? names : [HOST]).map((name) => ({
        name,
        gate: others.get(`${engine} ${name}`) ?? rds,
      }))
      const ports = Object.fromEntries(leads.map(({ name, gate }) => [name, gate.port]))
      return {
        gates: leads.map(({ gate }) => gate),
        env: {
          ...env,
          RDS_IAM_VIA: '', // not needed, because the fake network redirects the endpoint
          NODE_EXTRA_CA_CERTS: caFile,
          ...inNetwork({ nameServer: dns.nameServer, ports }),
        },
      }
    },
  }
}

function endpointsIn({ text }: Block): readonly string[] {
  return [...new Set(text.match(/[\w.-]+\.(?:rds\.amazonaws\.com|on\.aws)/g))]
}

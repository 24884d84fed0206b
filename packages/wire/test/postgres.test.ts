import { message, readError } from '@rds-iam/wire/postgres-messages'
import { scram } from '@rds-iam/wire/postgres-scram'
import { describe, expect, it } from 'vitest'
import { play, type Script } from '../../../test/support/play.ts'
import { PG_READY, pgAuthentication, pgSaying } from '../../../test/support/postgres-scripts.ts'
import { probePostgres } from '../../local/src/servers/postgres-probe.ts'

const SASL = 10
const SASL_FINAL = 12

async function probe(script: Script): Promise<string> {
  await using server = await play(script)
  const { host, port } = server
  return await probePostgres({ host, port, user: 'jane', password: 'p@ss', database: 'app' })
}

describe('a server', () => {
  it.each([
    ['that wants Kerberos', pgAuthentication(7), 'the server asks for authentication of type 7'],
    [
      'that offers only methods with channel binding',
      pgAuthentication(SASL, 'SCRAM-SHA-256-PLUS\0OAUTHBEARER\0\0'),
      'the server offers only SCRAM-SHA-256-PLUS,OAUTHBEARER',
    ],
    [
      'that ends SCRAM without proving that it knows the password',
      pgAuthentication(SASL_FINAL, 'v=bm90IHRoZSBzaWduYXR1cmU='),
      'the server does not know the password',
    ],
    ['with an impossible message length', Buffer.from('R\0\0\0\x03'), 'a length of 3 bytes'],
    ['that refuses in its own format', message('E', 'Mout of order'), /^ERROR: out of order$/],
  ])('%s is refused', async (_name, said, why) => {
    await expect(probe(pgSaying(said))).rejects.toThrow(why)
  })

  it('that never becomes ready is not waited for forever', async () => {
    const notice = message('N', 'x'.repeat(60_000))
    await expect(probe(pgSaying(pgAuthentication(0), ...Array(20).fill(notice)))).rejects.toThrow(
      'without becoming ready',
    )
  })

  it('may leave out its version', async () => {
    expect(await probe(pgSaying(pgAuthentication(0), PG_READY))).toBe('')
  })
})

describe('an error of a server', () => {
  it.each([
    [
      'its severity in English, whatever the language',
      'SFATAL\0VFATAL\0C3D000\0Mno such\0\0',
      'FATAL 3D000: no such',
    ],
    [
      'the severity of an old server in its language',
      'SSCHWERWIEGEND\0C3D000\0Mkeine\0\0',
      'SCHWERWIEGEND 3D000: keine',
    ],
    ['no reason if it is empty', '', 'ERROR: no reason given'],
  ])('has %s', (_name, body, told) => expect(readError(Buffer.from(body))).toBe(told))
})

describe('a challenge of SCRAM', () => {
  it.each([
    [
      "a nonce that does not extend the client's",
      () => 'r=somebody-else,s=c2FsdA==,i=4096',
      "nonce does not extend the client's",
    ],
    [
      "the client's nonce without an addition",
      (own: string) => `r=${own},s=c2FsdA==,i=4096`,
      "nonce does not extend the client's",
    ],
    ['no salt', (own: string) => `r=${own}x,i=4096`, 'missing or invalid'],
    ['no iterations', (own: string) => `r=${own}x,s=c2FsdA==`, 'missing or invalid'],
    ['too many iterations', (own: string) => `r=${own}x,s=c2FsdA==,i=9999999999`, 'missing or invalid'],
  ])('with %s is not answered', async (_name, challenge, why) => {
    const { first, answer } = scram('p@ss')
    await expect(answer(challenge(first.replace('n,,n=,r=', '')))).rejects.toThrow(why)
  })
})

import { readFileSync } from 'node:fs'
import { createTokenSource, type IamTarget } from '@rds-iam/core'
import { describe, expect, it } from 'vitest'
import { decodeToken, explain } from '../../src/commands/decode.ts'

const HOST = 'db.c9akciq32rgh.eu-central-1.rds.amazonaws.com'
const key = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

async function decoded(more: Partial<IamTarget> = {}, lifeMs?: number) {
  const target = { url: `postgres://jane_doe@${HOST}/app`, credentials: key, ...more }
  return decodeToken(await createTokenSource(target).get(), lifeMs)
}

describe('a token', () => {
  it('shows its user, its endpoint and its expiry', async () => {
    const token = await decoded()
    expect(token).toMatchObject({
      endpoint: `${HOST}:5432`,
      user: 'jane_doe',
      region: 'eu-central-1',
      keyId: 'AKIA…MPLE',
      temporary: false,
    })
    expect(Date.parse(token.ends) - Date.parse(token.issued)).toBe(900_000)
    expect(explain(token)).toMatch(
      /^endpoint {6}db\..+:5432\nuser {10}jane_doe\nregion {8}eu-central-1\nkey ID {8}AKIA…MPLE\nissued .+Z\nends .+Z\nseconds left {2}(899|900)$/,
    )
  })

  it('shows its host as signed, even in upper case, which RDS refuses', async () => {
    const signed = await createTokenSource({ url: `postgres://jane_doe@${HOST}/app`, credentials: key }).get()
    expect(decodeToken(signed.replace('db.', 'DB.'), undefined).endpoint).toBe(`DB.${HOST.slice(3)}:5432`)
  })

  it('shows its port, even if URLs leave it out', async () => {
    expect((await decoded({ port: 443, engine: 'postgres' })).endpoint).toBe(`${HOST}:443`)
  })

  it('hides a key that is too short to be shown in part', async () => {
    expect((await decoded({ credentials: { ...key, accessKeyId: 'AKIA0001' } })).keyId).toBe('…')
  })

  it('of a session expires with it, according to the token or to its signer', async () => {
    const token = await decoded({ credentials: { ...key, sessionToken: 'session' } }, 60_000)
    expect(Date.parse(token.ends) - Date.parse(token.issued)).toBe(60_000)
    expect(explain(token)).toContain('MPLE (temporary: the token ends when its session ends)\n')
  })

  it('that has expired is marked as expired', async () => {
    expect(explain(await decoded({}, -5000))).toMatch(/\nseconds left {2}-[56] \(expired\)$/)
  })

  it('shows no control characters', async () => {
    const token = await decoded({ user: 'jane\u001b[2J' })
    expect(explain(token)).toContain('user          jane\u{fffd}[2J\n')
    const signed = await createTokenSource({ url: `postgres://jane_doe@${HOST}`, credentials: key }).get()
    expect(decodeToken(signed.replace('=AKIA', '=%1b%5b2J'), undefined).keyId).toBe('\u{fffd}[2J…MPLE')
  })

  it.each([
    [0, 'admin'],
    [1, 'any except admin'],
  ])('of Aurora DSQL shows who may log in: no. %i', (index, user) => {
    const vectors = new URL('../../../local/test/admission/vectors/dsql-tokens.json', import.meta.url)
    const { token, host } = JSON.parse(readFileSync(vectors, 'utf8'))[index]
    const facts = decodeToken(token, undefined)
    expect(facts.endpoint).toBe(host)
    expect(explain(facts)).toContain(`\nuser          ${user}\n`)
  })

  it.each([
    ['a password', () => 'hunter2'],
    ['a token without credentials', () => `${HOST}:5432/?Action=connect&DBUser=jane`],
    ['a URL', (token: string) => `https://${token}`],
    ['a token in quotes', (token: string) => `"${token}"`],
    ['a token without its signature', (token: string) => token.replace(/&X-Amz-Signature=\w+/, '')],
    ['a token cut off', (token: string) => token.replace(/(?<=Signature=\w{20})\w+/, '')],
    ['two tokens', (token: string) => `${token}\n${token}`],
  ])('is expected: %s is refused and not shown', async (_, change) => {
    const url = `postgres://jane_doe@${HOST}/app`
    const token = await createTokenSource({ url, credentials: key }).get()
    expect(() => decodeToken(change(token), undefined)).toThrow(
      /^stdin does not contain an RDS token; (?!.*jane)/,
    )
  })
})

import { describe, expect, it } from 'vitest'
import { flagOf, inFlags, inLocalFlags } from '../src/flags.ts'

describe('the words of the packages, as flags', () => {
  it.each([
    ['port', '--port'],
    ['ssl.ca', '--ca'],
    ['users', '--user'],
    ['port (from PGPORT)', 'port (from PGPORT)'],
  ])('%s is %s', (option, flag) => expect(flagOf(option)).toBe(flag))

  it.each([
    ["write engine: 'postgres' or engine: 'mysql'", 'write --engine postgres or --engine mysql'],
    ["add user: 'a b'", "add --user 'a b'"],
    ['is missing; write region, or set AWS_REGION', 'is missing; write --region, or set AWS_REGION'],
    ["can't go together with via; leave out one", "can't go together with --via; leave out one"],
    ['follow it by cname: true', 'follow it by --cname'],
    ['did not resolve within 10000 ms (timeoutMs).', 'did not resolve within 10000 ms.'],
    ['write the part after the colon as port', 'write the part after the colon as --port'],
    [
      "holds no PEM certificate; write a file's text (readFileSync(path)), not its path",
      'holds no PEM certificate; name a file that holds PEM certificates',
    ],
    [
      "don't cover mx-central-1; pass the text of https://x.example/mx-central-1-bundle.pem",
      "don't cover mx-central-1; save https://x.example/mx-central-1-bundle.pem to a file and name that",
    ],
  ])('%s', (message, words) => expect(inFlags(message)).toBe(words))

  it.each([
    ['leave `port` out to get a free one', 'leave --port out to get a free one'],
    ['see `host` and `port`.', 'see --port.'],
    ['Check `upstream`, and run `npm install x`', 'Check --upstream, and run `npm install x`'],
    ['no `mysqld` is found', 'no `mysqld` is found'],
  ])('of a local RDS: %s', (message, words) => expect(inLocalFlags(message)).toBe(words))
})

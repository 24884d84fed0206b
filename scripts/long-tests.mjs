// The tests that take minutes: `npm test` leaves them to `npm run test:long`, and CI runs both.
export const LONG_TESTS = [
  'test/logins/outage.test.ts',
  'test/logins/virtual-day.test.ts',
  'test/proxy/clients.test.ts',
  'test/release/bench.test.ts',
  'test/release/consumers/consumers.test.ts',
  'test/release/matrix-node.test.ts',
  'test/release/runtimes.test.ts',
]

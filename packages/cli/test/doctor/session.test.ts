import { describe, expect, it } from 'vitest'
import { mysqlSession } from '../../src/doctor/steps/login.ts'

const tls = [
  { Variable_name: 'Ssl_cipher', Value: 'TLS_AES_256_GCM_SHA384' },
  { Variable_name: 'Ssl_version', Value: 'TLSv1.3' },
]

describe('a session of MySQL', () => {
  it.each([
    ['8.4.3', 'MySQL 8.4.3'],
    ['8.0.mysql_aurora.3.08.0', 'MySQL 8.0.mysql_aurora.3.08.0'],
    ['8.0.40-log', 'MySQL 8.0.40'],
    ['10.11.8-MariaDB-log', 'MariaDB 10.11.8'],
  ])('on %s is shown as %s', (version, shown) => {
    const facts = [{ user: 'jane_doe@%', db: 'app', version }]
    expect(mysqlSession(facts, tls)).toEqual({
      user: 'jane_doe@%',
      database: 'app',
      version: shown,
      tls: 'TLSv1.3, TLS_AES_256_GCM_SHA384',
      readOnly: false,
    })
  })

  it('may have no database, and TLS may end at a proxy', () => {
    const none = tls.map((row) => ({ ...row, Value: '' }))
    expect(mysqlSession([{ user: 'jane_doe@%', db: null, version: '8.4.3' }], none)).toMatchObject({
      database: undefined,
      tls: undefined,
    })
  })
})

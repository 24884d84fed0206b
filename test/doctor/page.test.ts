import { describe, expect, it } from 'vitest'
import { type Page, stepText } from '../../packages/cli/src/doctor/render/page.ts'

const plain: Page = { color: false, width: 60 }
const painted: Page = { color: true, width: 60 }
const dns = {
  status: 'ok',
  ms: 12,
  found: { name: 'a', addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'], cnames: ['b.example'] },
} as const

describe('a step on the page', () => {
  it('is wrapped between words at the width of the terminal', () => {
    expect(stepText('dns', dns, plain)).toBe(
      [
        '✓ DNS            12 ms  10.0.0.1, 10.0.0.2, 10.0.0.3,',
        '                        10.0.0.4',
        '                        alias of b.example',
      ].join('\n'),
    )
  })

  it('shows its time even if it was skipped', () => {
    expect(stepText('session', { status: 'skipped', ms: 0, why: 'no login' }, plain)).toBe(
      '– session         0 ms  no login',
    )
  })

  it('is the same in colour', () => {
    const text = stepText('dns', dns, painted)
    expect(text).toContain('\u001b[32m✓\u001b[39m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text.replace(/\u001b\[\d+m/g, '')).toBe(stepText('dns', dns, plain))
  })

  it('shows no control characters from servers', () => {
    const fault = { code: '1040', message: '\u001b[2Jgone' }
    expect(stepText('tls', { status: 'failed', ms: 1, fault }, painted)).not.toContain('\u001b[2J')
  })
})

import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { fillPlaceholders } from './file-placeholders.ts'

describe('a log file with placeholders', () => {
  it('should be named after the worker when it asks for that', () => {
    const slot = process.env['VITEST_POOL_ID']
    expect(fillPlaceholders('logs/{worker}.log')).toBe(`logs/vitest-${slot}.log`)
    expect(fillPlaceholders('{pool}{slot}.log')).toBe(`vitest${slot}.log`)
    expect(fillPlaceholders('/var/log/{pid}-{thread}.log')).toBe(`/var/log/${process.pid}-0.log`)
    expect(fillPlaceholders('{hostname}.log')).toBe(`${hostname()}.log`)
  })

  it('should stay as it is when it has none', () => {
    for (const file of ['app.log', './logs/app.log', 'logs//app.log', 'logs/', 'a}b{c.log'])
      expect(fillPlaceholders(file)).toBe(file)
  })

  it.each([
    ['logs/{level}.log', /\{level\}; there are \{worker\}, \{pool\}, \{slot\}, \{pid\}/],
    ['logs/{}.log', /has \{\}/],
    ['logs/{constructor}.log', /has \{constructor\}/],
    ['{worker}/app.log', /placeholder in its directory \(\{worker\}\)/],
  ])('should be refused, saying why, when it is %s', (file, why) => {
    expect(() => fillPlaceholders(file)).toThrow(why)
  })
})

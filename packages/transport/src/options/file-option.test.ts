import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { VALUE } from '../naming/value-name.ts'
import { fillPlaceholders } from './file-option.ts'

describe('a log file with placeholders', () => {
  test('should be named after the worker when it asks for that', () => {
    const slot = process.env['VITEST_POOL_ID']
    expect(fillPlaceholders('logs/{worker}.log').file).toBe(`logs/vitest-${slot}.log`)
    expect(fillPlaceholders('{pool}{slot}.log').file).toBe(`vitest${slot}.log`)
    expect(fillPlaceholders('/var/log/{pid}-{thread}.log').file).toBe(`/var/log/${process.pid}-0.log`)
    expect(fillPlaceholders('{hostname}.log').file).toBe(`${hostname()}.log`)
  })

  test('should stay as it is when it has none', () => {
    for (const file of ['app.log', './logs/app.log', 'logs//app.log', 'logs/', 'a}b{c.log'])
      expect(fillPlaceholders(file)).toEqual({ file, placeholder: undefined })
  })

  test.each([
    ['logs/{level}.log', `logs/${VALUE}.log`, '{level}', 'info'],
    ['logs/{pid}-{level}.log', `logs/${process.pid}-${VALUE}.log`, '{level}', 'info'],
    ['{field:tenant}.log', `${VALUE}.log`, '{field:tenant}', 'acme'],
    ['logs/{field:req.id}', `logs/${VALUE}`, '{field:req.id}', '7'],
  ])('should leave it to each record when it is %s', (given, file, text, value) => {
    const filled = fillPlaceholders(given)

    expect(filled).toMatchObject({ file, placeholder: { text } })
    expect(filled.placeholder?.valueIn('{"level":30,"tenant":"acme","req":{"id":7}}\n')).toBe(value)
  })

  test.each([
    [
      'logs/{levels}.log',
      /\{levels\}, which does not exist; the placeholders are \{worker\}, \{pool\}.*\{level\}, \{field:<name>\}/,
    ],
    ['logs/{field:}.log', /has \{field:\}/],
    ['logs/{}.log', /has \{\}/],
    ['logs/{constructor}.log', /has \{constructor\}/],
    ['{worker}/app.log', /placeholder in its directory \(\{worker\}\)/],
    ['{level}/app.log', /placeholder in its directory \(\{level\}\)/],
    ['{level}-{field:tenant}.log', /has \{level\} and \{field:tenant\}; only one/],
  ])('should be refused, saying why, when it is %s', (file, why) => {
    expect(() => fillPlaceholders(file)).toThrow(why)
  })
})

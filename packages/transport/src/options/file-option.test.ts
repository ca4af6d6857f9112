import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { VALUE } from '../naming/value-name.ts'
import { fillPlaceholders, pathOption } from './file-option.ts'

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
    ['logs/{{app}}.log', 'logs/{app}.log'],
    ['{{x}}/a{{1}}.log', '{x}/a{1}.log'],
    ['{{{{pid}}}}.log', '{{pid}}.log'],
    ['{{{pid}}}.log', `{${process.pid}}.log`],
  ])('should have a brace for each doubled one when it is %s', (given, file) => {
    expect(fillPlaceholders(given)).toEqual({ file, placeholder: undefined })
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
    ['logs/{}.log', /has \{\}, .*A brace that stands for itself is doubled: \{\{ or \}\}/],
    ['logs/{constructor}.log', /has \{constructor\}/],
    ['{worker}/app.log', /placeholder in its directory \(\{worker\}\)/],
    ['{level}/app.log', /placeholder in its directory \(\{level\}\)/],
    ['{level}-{field:tenant}.log', /has \{level\} and \{field:tenant\}; only one/],
  ])('should be refused, saying why, when it is %s', (file, why) => {
    expect(() => fillPlaceholders(file)).toThrow(why)
  })
})

describe('an option that is a path', () => {
  test.each([
    ['logs/app.log', 'logs/app.log'],
    ['file:app.log', 'file:app.log'],
    ['file:///srv/a%20b/{level}.log', '/srv/a b/{level}.log'],
    [new URL('file:///srv/{level}.log'), '/srv/{level}.log'],
    [new URL('./app.log', 'file:///srv/logs/main.js'), '/srv/logs/app.log'],
  ])('should be a path when it is %s', (file, path) => {
    expect(pathOption({ file }, 'file')).toBe(path)
  })

  test.each([
    [undefined, /^Option 'file' is missing: set it to a path such as 'logs\/app\.log'/],
    ['', /must be a path .*; got ''/],
    [1, /must be a path .*; got 1\./],
    ['a\0b', /must be a path .*; got 'a\\x00b'/],
    [new URL('https://example.org/app.log'), /the URL https:\/\/example\.org\/app\.log names no file of this machine/],
    ['file://host/app.log', /the URL file:\/\/host\/app\.log names no file/],
    ['file:///a%2Fb.log', /names no file/],
    ['file:///a%00b.log', /names no file/],
  ])('should be refused, saying why, when it is %j', (file, why) => {
    expect(() => pathOption({ file }, 'file')).toThrow(why)
  })
})

import fc from 'fast-check'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { fieldReader, levelIn } from './record-value.ts'

/** The line that pino makes of a record. */
function lineOf(log: (logger: pino.Logger) => void, options: pino.LoggerOptions = {}): string {
  const lines: string[] = []
  log(pino({ level: 'trace', ...options }, { write: (line) => lines.push(line) }))
  return lines[0] ?? ''
}

describe('the level of a line', () => {
  test('should be named as pino names it', () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)
      expect(levelIn(lineOf((logger) => logger[level]('text')))).toBe(level)
  })

  test("should be its name when pino writes names, and its number when it is none of pino's", () => {
    const labels = { formatters: { level: (label: string) => ({ level: label }) } }
    expect(levelIn(lineOf((logger) => logger.warn('text'), labels))).toBe('warn')
    const custom = pino({ customLevels: { audit: 35 } }, { write: (line: string) => expect(levelIn(line)).toBe('35') })
    custom.audit('text')
    expect.assertions(2)
  })

  test.each([
    ['stands further back', '{"time":1,"level":50}\n', 'error'],
    ["comes twice, pino's first", '{"level":30,"level":"mine"}\n', 'info'],
    ['is the only field', '{"level":20}\n', 'debug'],
    ['has to be unescaped', '{"level":"a\\"b"}\n', 'a"b'],
    ['is a fraction', '{"level":30.5,"time":1}\n', '30.5'],
  ])('should be found when it %s', (_, line, level) => {
    expect(levelIn(line)).toBe(level)
  })

  test.each([
    'no JSON\n',
    '{"level":\n',
    '{"level":"in\n',
    '{"level":null}\n',
    '{"level":""}\n',
    '[30]\n',
    '7\n',
    '{}\n',
  ])('should be unknown when the line is %j', (line) => {
    expect(levelIn(line)).toBeUndefined()
  })
})

describe('the value of a field in a line', () => {
  const tenant = fieldReader('tenant')

  test("should be found in pino's lines when a child logger or a record has it", () => {
    expect(tenant(lineOf((logger) => logger.child({ tenant: 'acme' }).info({ n: 1 }, 'text')))).toBe('acme')
    expect(tenant(lineOf((logger) => logger.info({ tenant: 42 }, 'text')))).toBe('42')
    expect(tenant(lineOf((logger) => logger.info({ tenant: true })))).toBe('true')
  })

  test('should be the last when a child logger and a record both have it, as a parser of the line sees it', () => {
    expect(tenant(lineOf((logger) => logger.child({ tenant: 'a' }).info({ tenant: 'b' })))).toBe('b')
  })

  test.each([
    ['in another object', '{"level":30,"req":{"tenant":"x"}}\n'],
    ['in another object before it ends', '{"req":{"id":1,"tenant":"x"},"tenant":null}\n'],
    ['in a text', '{"msg":"{\\"tenant\\":\\"x\\",","n":1}\n'],
    ['at the end of another name', '{"the\\"tenant":"x"}\n'],
    ['in a line that was cut', '{"level":30,"tenant":"x","ms\n'],
    ['an object', '{"tenant":{"id":1}}\n'],
    ['empty', '{"tenant":""}\n'],
  ])('should be none when it is %s', (_, line) => {
    expect(tenant(line)).toBeUndefined()
  })

  test('should be found inside another field, or by a name with dots, when its path has some', () => {
    const id = fieldReader('req.id')
    expect(id('{"req":{"id":"r1"}}\n')).toBe('r1')
    expect(id('{"req.id":"r2","req":{"id":"r1"}}\n')).toBe('r2')
    expect(id('{"req":7}\n')).toBeUndefined()
  })

  test('should be what JSON.parse finds, when any record comes', () => {
    const key = fc.constantFrom('tenant', 'a', '"tenant', '{', 'tenant":', '\\')
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.dictionary(key, fc.constantFrom('x', 7, '"tenant":"y"')),
      key,
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 6 }), (fields) => {
        // As text, so that a name can come twice.
        const line = `{${fields.map(([name, given]) => `${JSON.stringify(name)}:${JSON.stringify(given)}`).join(',')}}\n`
        const { tenant: parsed } = JSON.parse(line) as { tenant?: unknown }
        const isScalar = ['string', 'number', 'boolean'].includes(typeof parsed) && parsed !== ''
        expect(tenant(line)).toBe(isScalar ? String(parsed) : undefined)
      }),
      { numRuns: 2000 },
    )
  })
})

import { describe, expect, test } from 'vitest'
import { renderLine, renderRecord } from './format.test-kit.ts'

const TIME = Date.UTC(2026, 10, 21, 6, 44)

const RECORD = {
  level: 40,
  time: TIME,
  pid: 4711,
  hostname: 'host',
  name: 'app.db',
  worker: 'worker-3',
  msg: 'text',
}

describe('text by a template', () => {
  test('should be the line of scenario S9 when the template asks for it', () => {
    const template = '{time:yyyy-MM-dd HH:mm:ss,SSS} {worker} {name} {level:python} {msg}'
    expect(renderRecord({ template, utc: true }, RECORD)).toBe('2026-11-21 06:44:00,000 worker-3 app.db WARNING text\n')
  })

  test.each<[string, unknown, string]>([
    ['{pid}@{hostname} {name}: {msg}', RECORD, '4711@host app.db: text'],
    ['{{{msg}}}', RECORD, '{text}'],
    ['{name}\t{msg}', RECORD, 'app.db\ttext'],
    ['[{missing}] {msg}', RECORD, '[] text'],
    ['{missing|-}', RECORD, '-'],
    ['{msg|-}', { msg: '' }, ''],
    ['{msg|-}', { msg: null }, 'null'],
    [
      '{ok} {n} {list} {nested}',
      { ok: true, n: 1.5, list: [1, 'a'], nested: { a: 'b' } },
      'true 1.5 [1,"a"] {"a":"b"}',
    ],
    ['{req.method} {req.headers.host|-}', { req: { method: 'GET' } }, 'GET -'],
    ['{tags.1}', { tags: ['a', 'b'] }, 'b'],
    ['{http.method}', { 'http.method': 'PUT', http: { method: 'GET' } }, 'PUT'],
    ['{msg.length|-} {toString|-}', { msg: 'text' }, '- -'],
    ['{__proto__|-}', { msg: 'text' }, '-'],
  ])('should show fields by their paths when the template is %s', (template, record, expected) => {
    expect(renderRecord(template, record)).toBe(`${expected}\n`)
  })

  test.each<[string, unknown, string]>([
    ['{level}', 40, '40'],
    ['{level:label}', 40, 'warn'],
    ['{level:LABEL}', 10, 'TRACE'],
    ['{level:python}', 60, 'CRITICAL'],
    ['{level:python}', 10, 'TRACE'],
    ['{level:python}', 'warn', 'WARNING'],
    ['{level:LABEL}', 'warn', 'WARN'],
    ['{level:label}', 35, 'notice'],
    ['{level:python}', 35, 'NOTICE'],
    ['{level:label}', 37, '37'],
    ['{level:label}', null, 'null'],
    ['{level:label|none}', undefined, 'none'],
  ])('should name the level when the template is %s and it is %j', (template, level, expected) => {
    expect(renderRecord({ template, customLevels: { notice: 35 } }, { level })).toBe(`${expected}\n`)
  })

  test.each<[unknown, string]>([
    [TIME, '06:44:00.000'],
    [TIME + 7.9, '06:44:00.007'],
    [TIME / 1000, '06:44:00.000'],
    ['2026-11-21T06:44:00.123Z', '06:44:00.123'],
    ['2026-11-21T06:44:00.123456789Z', '06:44:00.123'],
    ['2026-11-21T07:44:00+01:00', '06:44:00.000'],
    ['2026-11-21T07:44:00', '2026-11-21T07:44:00'],
    ['soon', 'soon'],
    [1e300, '1e+300'],
    [null, 'null'],
    [undefined, '-'],
  ])('should show the time when it is %j', (time, expected) => {
    expect(renderRecord({ template: '{time:HH:mm:ss.SSS|-}', utc: true }, { time })).toBe(`${expected}\n`)
  })

  test('should show the time with its offset when the template has no pattern', () => {
    expect(renderRecord({ template: '{time}', utc: true }, RECORD)).toBe('2026-11-21T06:44:00.000Z\n')
  })

  test.each<[string, unknown, string]>([
    [
      '{msg} {*}',
      RECORD,
      `text {"level":40,"time":${TIME},"pid":4711,"hostname":"host","name":"app.db","worker":"worker-3"}`,
    ],
    ['{time:yyyy} {level:label} {*}', { level: 30, time: TIME, a: 1 }, '2026 info {"a":1}'],
    ['{req.method} {*}', { req: { method: 'GET', url: '/' } }, 'GET {"req":{"method":"GET","url":"/"}}'],
    ['{http.method} {*}', { 'http.method': 'PUT' }, 'PUT '],
    ['{msg} {*|-}', { msg: 'text' }, 'text -'],
    ['{msg} {*}', { '': 1 }, ' {"":1}'],
  ])('should show the fields that are left when the template is %s', (template, record, expected) => {
    expect(renderRecord({ template, utc: true }, record)).toBe(`${expected}\n`)
  })

  test('should show a field when its name is __proto__', () => {
    expect(renderLine('{__proto__} {*}', '{"__proto__":{"a":1},"b":2}\n')).toBe('{"a":1} {"b":2}\n')
    expect(renderLine('{b} {*}', '{"__proto__":{"a":1},"b":2}\n')).toBe('2 {"__proto__":{"a":1}}\n')
  })

  test('should stay on one line when values hold newlines and control characters', () => {
    const record = { msg: 'a\nb\r\n\u001b[31mred\0\u0085\u2028', err: { stack: 'Error: x\n    at y' }, user: 'é😀\\n' }
    expect(renderRecord('{msg}|{err.stack}|{user}', record)).toBe(
      'a\\nb\\r\\n\\u001b[31mred\\u0000\\u0085\\u2028|Error: x\\n    at y|é😀\\n\n',
    )
    expect(renderRecord('{*}', { msg: '\u2028\u007f\u202e' })).toBe('{"msg":"\\u2028\\u007f\\u202e"}\n')
  })
})

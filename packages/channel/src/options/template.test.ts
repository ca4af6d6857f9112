import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { funnelError, patience } from '../testing/mailbox.test-kit.ts'
import { patternTokens } from './date-pattern.ts'
import { parseTemplate } from './template.ts'

describe('parseTemplate', patience, () => {
  test.each([
    ['{msg}', [{ kind: 'field', path: 'msg', otherwise: '' }]],
    ['{req.method|-}', [{ kind: 'field', path: 'req.method', otherwise: '-' }]],
    ['{user|a:b|c}', [{ kind: 'field', path: 'user', otherwise: 'a:b|c' }]],
    ['{@timestamp}', [{ kind: 'field', path: '@timestamp', otherwise: '' }]],
    ['{level}', [{ kind: 'field', path: 'level', otherwise: '' }]],
    ['{level:python|?}', [{ kind: 'level', form: 'python', otherwise: '?' }]],
    ['{time}', [{ kind: 'time', pattern: `yyyy-MM-dd'T'HH:mm:ss.SSSXXX`, otherwise: '' }]],
    ['{time:HH:mm|never}', [{ kind: 'time', pattern: 'HH:mm', otherwise: 'never' }]],
    [`{time:h 'o''clock'}`, [{ kind: 'time', pattern: `h 'o''clock'`, otherwise: '' }]],
    ['{*|none}', [{ kind: 'rest', otherwise: 'none' }]],
  ])('should read %s', (template, parts) => {
    expect(parseTemplate(template)).toEqual(parts)
  })

  test('should keep the text between placeholders as one piece when braces in it are doubled', () => {
    expect(parseTemplate('{{a}}\t{{{msg}}}')).toEqual([
      { kind: 'text', text: '{a}\t{' },
      { kind: 'field', path: 'msg', otherwise: '' },
      { kind: 'text', text: '}' },
    ])
  })

  test.each([
    ['{msg', 'at character 1 of 4, {', '{{ or }}'],
    ['{msg} }', 'at character 7 of 7, }', '{{ or }}'],
    ['{a{b}}', 'at character 1', '{{ or }}'],
    ['{"msg": "{msg}"}', 'at character 1', '{{ or }}'],
    ['a {}', 'at character 3 of 4, {}', 'such as {msg}'],
    ['{ msg }', '{ msg }', 'such as {msg}'],
    ['{|-}', '{|-}', 'such as {msg}'],
    ['{msg:upper}', '{msg:upper}', 'only time and level'],
    ['{msg} {level:short}', 'at character 7 of 19, {level:short}', '{level:LABEL}'],
    ['{time:}', '{time:}', 'empty'],
    ['{time:YYYY-MM-dd}', '{time:YYYY-MM-dd}', 'write yyyy'],
    ['{time:yyyy-MM-DD}', '{time:yyyy-MM-DD}', 'write dd'],
    ['{time:yyyy-MM-ddTHH:mm}', '{time:yyyy-MM-ddTHH:mm}', `'T', with its quotes`],
    ['{time:nope}', '{time:nope}', 'unescaped latin alphabet character `n`'],
    ['{msg}\n', 'at character 6 of 6, "\\n"', 'its newline is added by itself'],
    ['\u001b[31m{msg}', 'at character 1', 'one line'],
    ['message', 'must be a template with a placeholder', '"message"'],
    ['{{msg}}', 'must be a template with a placeholder', '"{{msg}}"'],
  ])('should say where the mistake is, and what would be right, when %j comes', (template, where, right) => {
    expect(() => parseTemplate(template)).toThrow(funnelError('FUNNEL_OPTION_INVALID', `'format'`, where, right))
  })

  test('should print no warning of date-fns when a pattern is refused', () => {
    using warn = vi.spyOn(console, 'warn')
    for (const pattern of ['D', 'DD', 'DDD', 'YY', 'YYY', 'YYYY']) {
      expect(() => parseTemplate(`{time:${pattern}}`), pattern).toThrow(funnelError('FUNNEL_OPTION_INVALID'))
    }
    expect(warn.mock.calls).toEqual([])
  })

  test('should read the text back when its braces are doubled, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a', ':', '|', '\t', '😀') }), (text) => {
        const doubled = text.replace(/[{}]/g, '$&$&')
        const parts = parseTemplate(`${doubled}{msg}`)
        expect(parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('')).toBe(text)
      }),
    )
  })
})

describe('patternTokens', () => {
  test('should leave nothing out when any text comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(`'`, 'S', 'y', 'T', '-', ' ', 'é') }), (pattern) => {
        expect(patternTokens(pattern).join('')).toBe(pattern)
      }),
    )
  })

  test('should keep quoted text whole when it holds letters and quotes', () => {
    expect(patternTokens(`ss'S''S'SSS''S`)).toEqual(['ss', `'S''S'`, 'SSS', `''`, 'S'])
  })
})

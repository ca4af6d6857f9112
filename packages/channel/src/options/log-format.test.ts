import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patience } from '../testing/mailbox.test-kit.ts'
import { decodeLogFormat, type LogFormat } from './log-format.ts'

const text: LogFormat = {
  type: 'text',
  template: '{time:HH:mm} {msg}',
  timeZone: 'Europe/Berlin',
  customLevels: { notice: 35 },
}

const pretty: LogFormat = { type: 'pretty', options: { singleLine: true, customColors: { error: 'red' } } }

describe('decodeLogFormat', patience, () => {
  test.each([{ type: 'ndjson' } as const, text, pretty])(
    'should take back $type when it went through JSON',
    (format) => {
      expect(decodeLogFormat(JSON.parse(JSON.stringify(format)))).toEqual(format)
    },
  )

  test('should pass over fields that it does not know', () => {
    expect(decodeLogFormat({ ...text, since: 3 })).toEqual(text)
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a name', 'ndjson'],
    ['an array', [text]],
    ['another type', { type: 'xml' }],
    ['no template', { ...text, template: undefined }],
    ['a template with a mistake', { ...text, template: '{msg' }],
    ['a template with a newline', { ...text, template: '{msg}\n' }],
    ['a pattern that is none', { ...text, template: '{time:nope}' }],
    ['a time zone that is none', { ...text, timeZone: 'Mars/Olympus' }],
    ['no time zone', { type: 'text', template: '{msg}', customLevels: {} }],
    ['a level that is not a number', { ...text, customLevels: { notice: '35' } }],
    ['a level with a newline in its name', { ...text, customLevels: { 'a\nb': 35 } }],
    ['no options', { type: 'pretty' }],
    ['options that are an array', { type: 'pretty', options: [] }],
    ['an option that leaves records out', { type: 'pretty', options: { minimumLevel: 30 } }],
  ])('should refuse %s', (_, value) => {
    expect(decodeLogFormat(value)).toBeUndefined()
  })

  test('should throw nothing when any JSON comes', () => {
    const field = fc.oneof(fc.jsonValue(), fc.constantFrom('ndjson', 'text', 'pretty', '{msg}', '{', 'UTC'))
    const value = fc.dictionary(fc.constantFrom('type', 'template', 'timeZone', 'customLevels', 'options'), field)
    fc.assert(
      fc.property(fc.oneof(value, fc.jsonValue()), (given) => {
        expect(decodeLogFormat(given) ?? { type: 'none' }).toHaveProperty('type')
      }),
    )
  })
})

import { decodeLogFormat, FunnelError } from '@pino-funnel/channel'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { resolveLogFormat } from './format-option.ts'

const TEMPLATE = '{time} {msg}'
const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

describe('resolveLogFormat', () => {
  test.each([
    ['nothing', undefined, { type: 'ndjson' }],
    ['the name of what pino writes', 'ndjson', { type: 'ndjson' }],
    ['the name of what pino-pretty makes', 'pretty', { type: 'pretty', options: {} }],
    ['options for pretty', { pretty: { singleLine: true } }, { type: 'pretty', options: { singleLine: true } }],
    ['an option left undefined', { pretty: { include: undefined } }, { type: 'pretty', options: {} }],
    ['a template', TEMPLATE, { type: 'text', template: TEMPLATE, timeZone: ownZone, customLevels: {} }],
    [
      'a template in UTC',
      { template: TEMPLATE, utc: true },
      { type: 'text', template: TEMPLATE, timeZone: 'UTC', customLevels: {} },
    ],
    [
      'a template with levels',
      { template: '{level:label}', customLevels: { notice: 35 } },
      { type: 'text', template: '{level:label}', timeZone: 'UTC', customLevels: { notice: 35 } },
    ],
  ])('should be complete when %s is given', (_, given, expected) => {
    expect(resolveLogFormat(given)).toEqual(expected)
  })

  test.each(['ndjson', 'pretty', '{time} {level:python} {msg} {*}', { template: '{msg}', customLevels: { http: 25 } }])(
    'should be decoded to the same when %j went through JSON',
    (given) => {
      const format = resolveLogFormat(given)
      expect(decodeLogFormat(JSON.parse(JSON.stringify(format)))).toEqual(format)
    },
  )

  test('should take an object when it is from another realm, as in Jest', () => {
    expect(resolveLogFormat(runInNewContext('({ pretty: { customColors: { info: "blue" } } })'))).toMatchObject({
      type: 'pretty',
    })
  })

  test.each<[unknown, ...string[]]>([
    ['json', `Option 'format' must be 'ndjson', 'pretty'`, `; got 'json'`],
    ['', `''`, 'placeholder'],
    [null, '; got null'],
    [7, '; got 7'],
    [[TEMPLATE], '; got '],
    [Object.create(null), '[Object: null prototype]'],
    [{ tempate: TEMPLATE }, `{ tempate: '{time} {msg}' }`],
    [{ template: 5 }, `'format.template'`, '5'],
    [{ template: 'text' }, 'placeholder'],
    [{ template: TEMPLATE, utc: 'yes' }, `'format.utc'`, 'true or false', `'yes'`],
    [{ template: TEMPLATE, timezone: 'UTC' }, `no 'timezone'`, 'utc'],
    [{ template: TEMPLATE, customLevels: { notice: 'high' } }, `'format.customLevels'`, '{ notice: 35 }', 'high'],
    [{ template: '{time:YYYY}' }, 'at character 1', 'yyyy'],
    [{ pretty: true }, `'format.pretty'`, 'true'],
    [{ pretty: {}, utc: true }, `no 'utc'`],
    [{ pretty: { destination: 1 } }, `'destination'`, `'file'`],
    [{ pretty: { minimumLevel: 'info' } }, `'minimumLevel'`, `pino's option 'level'`],
    [{ pretty: { customPrettifiers: { time: String } } }, 'pretty.customPrettifiers.time', `listener's process`],
    [{ pretty: { messageFormat: /x/ } }, 'pretty.messageFormat', 'JSON'],
    [{ pretty: { customLevels: new Map() } }, 'pretty.customLevels', 'JSON'],
    [`{msg}${'x'.repeat(3000)}`, '2048', 'shorter'],
  ])('should refuse %j, and say why', (given, ...says) => {
    expect(() => resolveLogFormat(given)).toThrow(invalidOption(`'format`, ...says))
  })

  test('should refuse a value when it goes in a circle', () => {
    const options: Record<string, unknown> = {}
    options['again'] = options
    expect(() => resolveLogFormat({ pretty: options })).toThrow(invalidOption('pretty.again'))
  })
})

function invalidOption(...says: readonly string[]): Error {
  const matches = (error: unknown): boolean =>
    error instanceof FunnelError &&
    error.code === 'FUNNEL_OPTION_INVALID' &&
    says.every((part) => error.message.includes(part))
  return expect.toSatisfy(matches, `FUNNEL_OPTION_INVALID saying '${says.join("', '")}'`) as Error
}

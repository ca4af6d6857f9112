import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeLogOptions, DEFAULT_LOG_OPTIONS, differencesOf, NO_ROTATION, type LogOptions } from './log-options.ts'

const FULL: LogOptions = {
  mode: 0o640,
  symlink: true,
  rotation: {
    size: 300,
    frequency: 'daily',
    utc: true,
    dateFormat: 'yyyy-MM-dd',
    atStart: true,
    compress: 'gzip',
    limit: { count: 0, bytes: 1, age: 2, free: 3 },
  },
  format: { type: 'text', template: '{msg}', timeZone: 'Europe/Berlin', customLevels: { audit: 35 } },
  sinks: [],
  ships: [],
  lifecycle: { records: { died: { level: 50, message: '{worker} died' }, joined: { level: 30 } }, stallAfter: 500 },
}

/** Whether a value is a whole number from `least` on, or not there. */
function isBound(value: unknown, least: number): boolean {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)
}

function expectValid({ mode, symlink, rotation }: LogOptions): void {
  expect(isBound(mode, 0) && mode <= 0o777, `mode ${mode}`).toBe(true)
  expect(typeof symlink).toBe('boolean')
  const { size, frequency, utc, dateFormat, atStart, compress, limit } = rotation
  expect(isBound(size, 1), `size ${size}`).toBe(true)
  expect(['weekly', 'daily', 'hourly'].includes(frequency as string) || isBound(frequency, 1)).toBe(true)
  expect([typeof utc, typeof atStart]).toEqual(['boolean', 'boolean'])
  expect(['undefined', 'string']).toContain(typeof dateFormat)
  expect([undefined, 'gzip', 'zstd']).toContain(compress)
  expect(isBound(limit.count, 0) && [limit.bytes, limit.age, limit.free].every((bound) => isBound(bound, 1))).toBe(true)
}

describe('decodeLogOptions', () => {
  test('should give back what was encoded when it makes sense', () => {
    for (const options of [FULL, DEFAULT_LOG_OPTIONS])
      expect(decodeLogOptions(JSON.parse(JSON.stringify(options)))).toEqual(options)
  })

  test('should give valid options, and the same again from these, when anything comes', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        'weekly',
        'daily',
        'hourly',
        'gzip',
        'zstd',
        0,
        1,
        -1,
        0.5,
        1e300,
        '300',
        true,
        null,
        [],
        {},
      ),
    )
    const limit = fc.record({ count: anything, bytes: anything, age: anything, free: anything }, { requiredKeys: [] })
    const rotation = fc.record(
      {
        size: anything,
        frequency: anything,
        utc: anything,
        dateFormat: anything,
        atStart: anything,
        compress: anything,
        limit: fc.oneof(limit, anything),
        surprise: anything,
      },
      { requiredKeys: [] },
    )
    const nearly = fc.record(
      {
        mode: anything,
        symlink: anything,
        rotation: fc.oneof(rotation, anything),
        format: anything,
        sinks: anything,
        ships: anything,
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof({ weight: 5, arbitrary: nearly }, anything), (value) => {
        const options = decodeLogOptions(value)
        expectValid(options)
        // Compared as text: JSON has no negative zero.
        const stored = JSON.stringify(options)
        const again = decodeLogOptions(JSON.parse(stored))
        expect(JSON.stringify(again)).toBe(stored)
        expect(differencesOf(decodeLogOptions(JSON.parse(stored)), again)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  test('should keep what makes sense when something else does not', () => {
    const options = decodeLogOptions({
      ...FULL,
      mode: 'rw',
      rotation: { ...FULL.rotation, size: 0, limit: { count: 3, age: '1d' } },
    })
    const { size: _size, ...rest } = FULL.rotation
    expect(options).toEqual({ ...FULL, mode: 0o600, rotation: { ...rest, limit: { count: 3 } } })
  })

  test.each([undefined, null, 17, 'app.log', []])('should give the safest options when %j comes', (value) => {
    expect(decodeLogOptions(value)).toEqual(DEFAULT_LOG_OPTIONS)
  })
})

describe('differencesOf', () => {
  test('should find none when all is the same, in whatever order', () => {
    const { lifecycle, ships, sinks, format, rotation, symlink, mode } = FULL
    expect(differencesOf({ lifecycle, ships, sinks, format, rotation, symlink, mode }, FULL)).toEqual([])
  })

  test('should name each option that differs, with null for one that is not set', () => {
    const other: LogOptions = {
      ...FULL,
      mode: 0o600,
      format: { type: 'ndjson' },
      rotation: { ...NO_ROTATION, size: 301, limit: { count: 0, age: 2, free: 4 } },
    }
    expect(differencesOf(other, FULL).toSorted((one, two) => (one.option < two.option ? -1 : 1))).toEqual([
      { option: 'format.customLevels', given: null, effective: { audit: 35 } },
      { option: 'format.template', given: null, effective: '{msg}' },
      { option: 'format.timeZone', given: null, effective: 'Europe/Berlin' },
      { option: 'format.type', given: 'ndjson', effective: 'text' },
      { option: 'mode', given: 0o600, effective: 0o640 },
      { option: 'rotation.atStart', given: false, effective: true },
      { option: 'rotation.compress', given: null, effective: 'gzip' },
      { option: 'rotation.dateFormat', given: null, effective: 'yyyy-MM-dd' },
      { option: 'rotation.frequency', given: null, effective: 'daily' },
      { option: 'rotation.limit.bytes', given: null, effective: 1 },
      { option: 'rotation.limit.free', given: 4, effective: 3 },
      { option: 'rotation.size', given: 301, effective: 300 },
      { option: 'rotation.utc', given: false, effective: true },
    ])
  })

  test('should name the same options, with the values swapped, when it is asked the other way round', () => {
    const there = differencesOf(FULL, DEFAULT_LOG_OPTIONS)
    const back = differencesOf(DEFAULT_LOG_OPTIONS, FULL)
    const byOption = (one: { option: string }, two: { option: string }): number => (one.option < two.option ? -1 : 1)
    expect(back.toSorted(byOption)).toEqual(
      there.toSorted(byOption).map(({ option, given, effective }) => ({ option, given: effective, effective: given })),
    )
  })
})

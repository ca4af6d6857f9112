import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compressedName, RotatedNames } from './rotated-names.ts'

const DAY = 'yyyy-MM-dd'
const NOON = Date.UTC(2026, 10, 21, 12)

function namesOf(file: string, dateFormat?: string): RotatedNames {
  return new RotatedNames(file, dateFormat, true)
}

describe('the names of rotated files', () => {
  test.each([
    ['app.log', undefined, 'app.3.log'],
    ['app.log', DAY, 'app.2026-11-21.3.log'],
    ['app.log', 'yyyy.MM.dd-HH', 'app.2026.11.21-12.3.log'],
    ['app.error.log', undefined, 'app.error.3.log'],
    ['app', undefined, 'app.3'],
    ['app', DAY, 'app.2026-11-21.3'],
    ['.log', undefined, '.log.3'],
    ['.app.log', undefined, '.app.3.log'],
    ['app.', undefined, 'app.3.'],
    ['app.gz', undefined, 'app.3.gz'],
    ['app.7', undefined, 'app.3.7'],
  ])('should be made of the log file %s and the date format %s as %s', (file, dateFormat, expected) => {
    expect(namesOf(file, dateFormat).make(3, NOON)).toBe(expected)
  })

  test('should be read back when they were made, compressed or not, whatever the log file is called', () => {
    const piece = fc.string({
      unit: fc.constantFrom('a', 'é', '.', '-', '_', ' ', '0', '1', '9', 'gz', '.gz', '.log', '.zst'),
      minLength: 1,
      maxLength: 6,
    })
    const formats = fc.constantFrom(
      undefined,
      DAY,
      'yyyyMMdd',
      'yyyy.MM.dd',
      'dd.MM',
      'yyyy-MM-dd-HH',
      "'of' EEEE",
      'II',
    )
    const compressions = fc.constantFrom(undefined, 'gzip' as const, 'zstd' as const)
    const times = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })
    const file = piece.filter((name) => !/^\.+$/.test(name))
    const numbers = fc.integer({ min: 1, max: 999_999_999_999_999 })
    fc.assert(
      fc.property(
        fc.record({
          file,
          format: formats,
          utc: fc.boolean(),
          number: numbers,
          time: times,
          compression: compressions,
        }),
        ({ file: log, format, utc, number, time, compression }) => {
          const names = new RotatedNames(log, format, utc)
          const plain = names.make(number, time)
          const name = compression === undefined ? plain : compressedName(plain, compression)
          expect(names.parse(name)).toMatchObject({ name, number, compression })
        },
      ),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['29 February', 'MM-dd', Date.UTC(2028, 1, 29, 12)],
    ['the 53rd week', 'II', Date.UTC(2026, 11, 30, 12)],
    ['the last week of a leap year', "'week' II", Date.UTC(2020, 11, 31, 12)],
  ])('should be read back when the date is %s and has no year', (_what, format, time) => {
    const names = namesOf('app.log', format)
    expect(names.parse(names.make(1, time))?.number).toBe(1)
  })

  test('should be read back without a date when a date was asked for later', () => {
    expect(namesOf('app.log', DAY).parse('app.4.log.gz')).toMatchObject({ number: 4, compression: 'gzip' })
  })

  test.each([
    ['app.log', undefined, 'app.log'],
    ['app.log', undefined, 'app.error.1.log'],
    ['app.log', undefined, 'app.error.log'],
    ['app.log', undefined, 'app.1.log.bak'],
    ['app.log', undefined, 'app.1.log.gz.partial'],
    ['app.log', undefined, 'app.1.log.gz.gz'],
    ['app.log', undefined, 'app.01.log'],
    ['app.log', undefined, 'app.0.log'],
    ['app.log', undefined, 'app.-1.log'],
    ['app.log', undefined, 'app.1e3.log'],
    ['app.log', undefined, 'app.1.5.log'],
    ['app.log', undefined, 'app..1.log'],
    ['app.log', undefined, 'app.1'],
    ['app.log', undefined, 'app.1.txt'],
    ['app.log', undefined, 'app1.log'],
    ['app.log', undefined, 'app.1log'],
    ['app.log', undefined, 'app.log.1'],
    ['app.log', undefined, 'xapp.1.log'],
    ['app.log', undefined, 'App.1.log'],
    ['app.log', undefined, 'app.1000000000000000.log'],
    ['app.log', undefined, 'app.2026-11-21.1.log'],
    ['app.log', DAY, 'app.2026-11-21.log'],
    ['app.log', DAY, 'app.2026-02-30.1.log'],
    ['app.log', DAY, 'app.2026-11-21x.1.log'],
    ['app.log', DAY, 'app.2026-1-1.1.log'],
    ['app.log', DAY, 'app.error.1.log'],
    ['app.log', DAY, 'app.error.2026-11-21.1.log'],
    ['app.log', DAY, 'app.2026-11-21.01.log'],
    ['app.error.log', undefined, 'app.1.log'],
    ['app', undefined, 'app'],
    ['app', undefined, 'app.1.log'],
    ['app', undefined, 'app.log'],
    ['app.7', undefined, 'app.7'],
    ['.log', undefined, '.1.log'],
  ])('should not be found for %s with the date format %s in %s', (file, dateFormat, name) => {
    expect(namesOf(file, dateFormat).parse(name)).toBeUndefined()
  })

  test('should be of one log at most when two logs without dates have names of their own', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1', '.log'), minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(name, name, fc.integer({ min: 1, max: 20 }), (one, other, number) => {
        // A log whose own name looks like a rotated file of the other is another matter.
        fc.pre(one !== other && !/^\.+$/.test(one) && !/^\.+$/.test(other))
        fc.pre(namesOf(one).parse(other) === undefined && namesOf(other).parse(one) === undefined)
        const made = namesOf(one).make(number, 0)
        expect(namesOf(other).parse(made)?.name, `${made} taken for a file of ${other}`).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
  })
})

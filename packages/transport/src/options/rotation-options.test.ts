import { FunnelError, type RotationOptions } from '@pino-funnel/channel'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as zlib from 'node:zlib'
import { describe, expect, test, onTestFinished } from 'vitest'
import type { DestinationOptions } from './destination-options.ts'
import { resolveOptions, type ResolvedOptions } from './resolve-options.ts'
import { resolveRotation, withExtension } from './rotation-options.ts'

const NONE: RotationOptions = { utc: false, atStart: false, limit: {} }
const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const DAY = 86_400_000

/** What is thrown for these options, `undefined` when they are taken. */
function thrownFor(given: Record<string, unknown>): unknown {
  try {
    resolveRotation(given)
    return undefined
  } catch (error) {
    return error
  }
}

function refusal(given: Record<string, unknown>): FunnelError {
  const error = thrownFor(given)
  expect(error, `${JSON.stringify(given)} is refused`).toBeInstanceOf(FunnelError)
  expect(error).toHaveProperty('code', 'FUNNEL_OPTION_INVALID')
  return error as FunnelError
}

const hasZstd = 'createZstdCompress' in zlib

describe('rotation options', () => {
  test('should ask for nothing when none is given', () => {
    expect(resolveRotation({})).toEqual(NONE)
    expect(resolveRotation({ size: undefined, frequency: undefined, limit: undefined, compress: undefined })).toEqual(
      NONE,
    )
  })

  test('should all be taken over when all are given', () => {
    const given = {
      size: '64k',
      frequency: 'hourly',
      rotateAtStart: true,
      utc: true,
      dateFormat: 'yyyy-MM-dd',
      compress: 'gzip',
      limit: { count: 0, size: '1g', age: '30d', free: '500m', removeOtherLogFiles: false },
    }
    expect(resolveRotation(given)).toEqual({
      size: 64 * KIB,
      frequency: 'hourly',
      atStart: true,
      utc: true,
      dateFormat: 'yyyy-MM-dd',
      compress: 'gzip',
      limit: { count: 0, bytes: GIB, age: 30 * DAY, free: 500 * MIB },
    })
  })

  test.each<[number | string, number]>([
    [1, MIB],
    [0.5, MIB / 2],
    ['300b', 300],
    ['300B', 300],
    ['64k', 64 * KIB],
    ['64K', 64 * KIB],
    ['64kb', 64 * KIB],
    ['10m', 10 * MIB],
    ['10MB', 10 * MIB],
    [' 10 m ', 10 * MIB],
    ['1.5m', 1.5 * MIB],
    ['2g', 2 * GIB],
    ['1.7b', 1],
  ])('should take the size %j for %i bytes', (size, expected) => {
    expect(resolveRotation({ size, limit: { size, free: size } })).toEqual({
      ...NONE,
      size: expected,
      limit: { bytes: expected, free: expected },
    })
  })

  test.each<[number | string, number]>([
    [1, 1],
    [1500.5, 1500],
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['12h', DAY / 2],
    ['1.5d', 1.5 * DAY],
    ['30D', 30 * DAY],
  ])('should take the time span %j for %i ms', (age, expected) => {
    expect(resolveRotation({ limit: { age } }).limit).toEqual({ age: expected })
  })

  test.each(['weekly', 'daily', 'hourly', 1, 86_400_000])('should take %j for a frequency', (frequency) => {
    expect(resolveRotation({ frequency })).toEqual({ ...NONE, frequency })
  })

  test.each([
    [true, { compress: 'gzip' }],
    ['gzip', { compress: 'gzip' }],
    [false, {}],
  ])('should take %j for a compression', (compress, expected) => {
    expect(resolveRotation({ compress })).toEqual({ ...NONE, ...expected })
  })

  test.runIf(hasZstd)('should take zstd when Node.js has it', () => {
    expect(resolveRotation({ compress: 'zstd' })).toEqual({ ...NONE, compress: 'zstd' })
  })

  test.skipIf(hasZstd)('should refuse zstd, and say what to do, when Node.js has none', () => {
    expect(refusal({ compress: 'zstd' }).message).toMatch(/'compress' can't be 'zstd'.*'gzip', or Node\.js 22\.15/)
  })

  const sizes = [
    0,
    -1,
    Number.NaN,
    Infinity,
    '',
    'm',
    '10t',
    '-1k',
    '1,5m',
    '10 000',
    '0.4b',
    '1e3',
    true,
    null,
    {},
    2 ** 60,
  ]
  const spans = [0, -1, '', 'd', '3w', '-1d', true, null, [], '0.1ms']
  const wrong: [string, unknown][] = [
    ...['size', 'limit.size', 'limit.free'].flatMap((name) => sizes.map((value): [string, unknown] => [name, value])),
    ...spans.map((value): [string, unknown] => ['limit.age', value]),
    ...[-1, 0.5, '3', null, Infinity].map((value): [string, unknown] => ['limit.count', value]),
    ...[0, -1, 0.5, 'monthly', '1000', null, true].map((value): [string, unknown] => ['frequency', value]),
    ...['yes', 1, null].flatMap((value): [string, unknown][] => {
      return ['utc', 'rotateAtStart', 'limit.removeOtherLogFiles'].map((name) => [name, value])
    }),
    ...['zip', 1, null].map((value): [string, unknown] => ['compress', value]),
    ...[3, null, [], '10'].map((value): [string, unknown] => ['limit', value]),
    ...['', 'a\0b', 7, null].map((value): [string, unknown] => ['dateFormat', value]),
  ]

  test.each(wrong)('should be refused, saying what came, when %s is %j', (name, value) => {
    const [option = '', part] = name.split('.')
    const { message } = refusal(part === undefined ? { [option]: value } : { [option]: { [part]: value } })
    expect(message).toContain(`Option '${name}' must be `)
    expect(message).toContain(`; got ${inspect(value)}.`)
  })

  test.each([
    ['frequency', 'often', /'weekly', 'daily', 'hourly' or a number of ms from 1 on/],
    ['size', 'big', /a size such as '10m', '64k' or '300b', or a number of megabytes/],
    ['compress', 'rar', /true, false, 'gzip' or 'zstd'/],
    ['limit', 10, /an object such as \{ count: 10 \}/],
  ])('should say what was expected when %s is %j', (name, value, expected) => {
    expect(refusal({ [name]: value }).message).toMatch(expected)
  })

  test.each([
    [
      'size',
      { size: '10' },
      `Option 'size' must have a unit: write '10m' for megabytes, or '10b' for bytes; got '10'.`,
    ],
    [
      'limit.age',
      { limit: { age: ' 7' } },
      `Option 'limit.age' must have a unit: write '7d' for days, or '7ms' for milliseconds; got ' 7'.`,
    ],
    ['limit.free', { limit: { free: '0.5' } }, /'0\.5m' for megabytes, or '0\.5b' for bytes/],
    ['limit.size', { limit: { size: '1' } }, /'1m' for megabytes, or '1b' for bytes/],
  ])('should be refused with the two spellings that it could mean when %s has no unit', (_name, given, message) => {
    expect(refusal(given).message).toMatch(message)
  })

  test('should name the unknown limit, and the known ones', () => {
    expect(refusal({ limit: { days: 3 } }).message).toMatch(/'limit' has no 'days'.*count, size, age, free/)
  })

  test.each([
    ['is none', 'n', /must be a date pattern of date-fns; got 'n'/],
    ['has a slash', 'yyyy/MM/dd', /must give a file name; 'yyyy\/MM\/dd' gives \d+\/\d+\/\d+/],
    ['can only be written', 'yyyy-MM-dd zzz', /date pattern|read back/],
    ['mixes two kinds of years', 'yyyy-II', /date pattern|read back/],
  ])('should be refused when the date format %s', (_what, dateFormat, why) => {
    expect(refusal({ dateFormat }).message).toMatch(why)
  })

  test.each([
    'yyyy-MM-dd',
    'yyyy.MM.dd',
    'yyyy-MM-dd-HH',
    'yyyy-MM-dd-hh',
    'yyyyMMdd',
    'MM-dd',
    "RRRR-'W'II",
    'dd.MM.yy',
  ])('should take the date format %j', (dateFormat) => {
    expect(resolveRotation({ dateFormat })).toEqual({ ...NONE, dateFormat })
  })

  test.each([
    ['logs/app', '.log', 'logs/app.log'],
    ['logs/app', 'log', 'logs/app.log'],
    ['logs/app.log', 'json', 'logs/app.json'],
    ['logs/app.error.log', '.json', 'logs/app.error.json'],
    ['/srv/v1.2/app', '.log', '/srv/v1.2/app.log'],
    ['app', '.log', 'app.log'],
    ['app.log', undefined, 'app.log'],
    ['app', undefined, 'app'],
  ])('should turn %s with the extension %s into %s', (file, extension, expected) => {
    expect(withExtension(file, { extension })).toBe(expected)
  })

  test.each(['', 7, null, 'a\0', '/x', '../../x', '.log/x'])(
    'should be refused when the extension is %j',
    (extension) => {
      expect(() => withExtension('app.log', { extension })).toThrow(/Option 'extension' must be an extension such as/)
    },
  )

  test('should be refused when the extension would take the place of the placeholder', () => {
    expect(() => resolveOptions({ file: join(tmpdir(), 'app.{level}'), extension: 'log' })).toThrow(
      /Option 'extension' would take the place of the placeholder/,
    )
  })
})

describe('the options of a destination', () => {
  function resolve(options: Omit<DestinationOptions, 'file'> & { file?: string }): ResolvedOptions {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-options-')))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    return resolveOptions({ ...options, file: join(directory, options.file ?? 'app.log') })
  }

  test('should give the listener mode, link and rotation', () => {
    const { log, fileName } = resolve({ mode: 0o640, symlink: true, size: '300b', extension: 'json' })
    expect(fileName).toBe('app.json')
    expect(log).toMatchObject({ mode: 0o640, symlink: true, rotation: { ...NONE, size: 300 } })
    expect(resolve({}).log).toMatchObject({ mode: 0o644, symlink: false, rotation: NONE })
  })

  // Those of its documentation, but for files named by a function, which no transport can have.
  test.each<[string, Omit<DestinationOptions, 'file'> & { file: string }, Partial<RotationOptions>]>([
    ['daily', { file: 'logs/log', frequency: 'daily', mkdir: true }, { frequency: 'daily' }],
    [
      'daily, with a date',
      { file: 'log-files/file', frequency: 'daily', dateFormat: 'yyyy.MM.dd', mkdir: true },
      { frequency: 'daily', dateFormat: 'yyyy.MM.dd' },
    ],
    [
      'weekly, with a date',
      { file: 'error.log', frequency: 'weekly', dateFormat: 'yyyy-MM-dd' },
      { frequency: 'weekly', dateFormat: 'yyyy-MM-dd' },
    ],
    [
      'hourly, with a date',
      { file: 'error.log', frequency: 'hourly', dateFormat: 'yyyy-MM-dd-HH' },
      { frequency: 'hourly', dateFormat: 'yyyy-MM-dd-HH' },
    ],
    ['by milliseconds', { file: 'log', frequency: 5000 }, { frequency: 5000 }],
    ['by size, in megabytes', { file: 'log', size: 10 }, { size: 10 * MIB }],
    ['by size, in kilobytes', { file: 'log', size: '10k' }, { size: 10 * KIB }],
    ['by size, in gigabytes', { file: 'log', size: '1g' }, { size: GIB }],
    ['with an extension', { file: 'app', extension: '.log', size: '1m' }, { size: MIB }],
    ['with a link', { file: 'app', symlink: true, frequency: 'daily' }, { frequency: 'daily' }],
    [
      'with a limit',
      { file: 'app', frequency: 'daily', limit: { count: 3 } },
      { frequency: 'daily', limit: { count: 3 } },
    ],
    [
      'with a limit for all files',
      { file: 'app', size: '1m', limit: { count: 3, removeOtherLogFiles: true } },
      { size: MIB, limit: { count: 3 } },
    ],
  ])('should take what pino-roll takes when that is %s', (_what, options, expected) => {
    expect(resolve(options).log.rotation).toEqual({ ...NONE, ...expected })
  })

  test('should refuse a file that is a function, and an option that there is not', () => {
    expect(() => resolveOptions({ file: (() => 'app.log') as unknown as string })).toThrow(
      /Option 'file' must be a path/,
    )
    expect(() => resolve({ periodicFlush: 100 } as object)).toThrow(/Option 'periodicFlush' does not exist/)
  })
})

import { DEFAULT_LOG_OPTIONS, type RotationOptions } from '@pino-funnel/channel'
import { NO_ROTATION } from '@pino-funnel/channel/internal'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished } from 'vitest'
import { isRoot, NOBODY, sharedModes, temporaryDirectory } from '../testing/channel.test-kit.ts'
import { Rotator } from './rotator.ts'

interface TestRotator {
  readonly rotator: Rotator
  readonly directory: string
  /** Creates the log file again, and rotates it. @returns its new name */
  readonly rotateAnother: (content: string) => string
}

function openRotator(
  options: Partial<RotationOptions> = {},
  directory = temporaryDirectory(),
  report: (message: string) => void = () => {},
): TestRotator {
  const rotation = { ...NO_ROTATION, utc: true, ...options }
  const rotator = new Rotator(
    directory,
    'app.log',
    { ...DEFAULT_LOG_OPTIONS, rotation },
    {
      events: { removed: () => {}, lags: () => {}, trouble: () => {} },
      ledger: {
        renaming: () => {},
        holds: () => ({ holds: [], files: [], head: 0 }),
        lacksContent: () => false,
        describe: () => Promise.resolve(),
      },
      logNames: new Set(),
      predecessor: Promise.resolve(),
      report,
    },
  )
  onTestFinished(() => rotator.housekeeping.stop())
  return {
    rotator,
    directory,
    rotateAnother: (content) => {
      writeFileSync(join(directory, 'app.log'), content)
      return rotator.rotate()
    },
  }
}

function textsOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).toSorted()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]))
}

describe('Rotator', () => {
  test('should give one number after the other, beginning with 1', () => {
    const { directory, rotateAnother } = openRotator()
    expect(['one', 'two', 'three'].map(rotateAnother)).toEqual(['app.1.log', 'app.2.log', 'app.3.log'])
    expect(textsOf(directory)).toEqual({ 'app.1.log': 'one', 'app.2.log': 'two', 'app.3.log': 'three' })
  })

  test('should go on after the highest number that is there, compressed or not, with gaps or without', () => {
    const directory = temporaryDirectory()
    for (const name of ['app.3.log', 'app.11.log.gz', 'app.9.log.zst', 'app.50.log.bak', 'app.x.77.log'])
      writeFileSync(join(directory, name), name)
    expect(openRotator({}, directory).rotateAnother('new')).toBe('app.12.log')
  })

  test('should go on counting when the date changes, and when names had none before', () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'app.4.log'), '')
    writeFileSync(join(directory, 'app.2026-11-20.7.log.gz'), '')
    const { rotator, rotateAnother } = openRotator({ dateFormat: 'yyyy-MM-dd', frequency: 'daily' }, directory)
    rotator.schedule.begin(Date.UTC(2026, 10, 21))
    expect(rotateAnother('new')).toMatch(/^app\.\d{4}-\d\d-\d\d\.8\.log$/)
  })

  test.each(['app.3.log', 'app.3.log.gz', 'app.3.log.zst'])(
    'should leave a number out when another program has put %s there meanwhile',
    (name) => {
      const { directory, rotateAnother } = openRotator()
      rotateAnother('one')
      rotateAnother('two')
      writeFileSync(join(directory, name), 'foreign')
      expect(rotateAnother('three')).toBe('app.4.log')
      expect(readFileSync(join(directory, name), 'utf8')).toBe('foreign')
    },
  )

  test('should leave a number out when a directory or a broken link has its name', () => {
    const { directory, rotateAnother } = openRotator()
    mkdirSync(join(directory, 'app.1.log'))
    symlinkSync('nowhere', join(directory, 'app.2.log'))
    expect(rotateAnother('three')).toBe('app.3.log')
  })

  test('should name a file by the time of its last record when it was not written by this listener', () => {
    const { rotator, directory } = openRotator({ dateFormat: 'yyyy-MM-dd' })
    writeFileSync(join(directory, 'app.log'), 'old')
    const time = new Date('2026-03-04T05:06:07Z')
    utimesSync(join(directory, 'app.log'), time, time)
    expect(rotator.rotate()).toBe('app.2026-03-04.1.log')
  })

  test('should overwrite nothing, and keep the order, when the clock is set back and forward by a day', () => {
    const { rotator, directory } = openRotator({ dateFormat: 'yyyy-MM-dd', frequency: 'daily' })
    const days = ['2026-11-21', '2026-11-20', '2026-11-21', '2026-11-22', '2026-11-21']
    const names = days.map((day) => {
      writeFileSync(join(directory, 'app.log'), day)
      const time = new Date(`${day}T12:00Z`)
      utimesSync(join(directory, 'app.log'), time, time)
      return rotator.rotate()
    })
    expect(names).toEqual(days.map((day, index) => `app.${day}.${index + 1}.log`))
    for (const [index, name] of names.entries()) expect(readFileSync(join(directory, name), 'utf8')).toBe(days[index])
  })

  test('should end, and say which file is in the way, when no higher number can be read back', () => {
    const directory = temporaryDirectory()
    const last = join(directory, 'app.999999999999999.log')
    writeFileSync(last, 'in the way')
    const { rotator, rotateAnother } = openRotator({}, directory)
    expect(() => rotateAnother('one')).toThrow('no free name up to app.999999999999999.log')
    expect(textsOf(directory)).toEqual({ 'app.999999999999999.log': 'in the way', 'app.log': 'one' })
    unlinkSync(last)
    expect(rotator.rotate(), 'the directory is read again').toBe('app.1.log')
  })

  test('should end when a thousand names in a row are taken', () => {
    const directory = temporaryDirectory()
    const { rotateAnother } = openRotator({}, directory)
    rotateAnother('one')
    for (let number = 2; number <= 1001; number += 1) symlinkSync('nowhere', join(directory, `app.${number}.log`))
    expect(() => rotateAnother('two')).toThrow('no free name up to app.1001.log')
  })

  test('should leave the date out, and report it once, when it can not be read back', () => {
    const zone = process.env['TZ']
    process.env['TZ'] = 'Europe/Berlin'
    onTestFinished(() => void (zone === undefined ? delete process.env['TZ'] : (process.env['TZ'] = zone)))
    const reports: string[] = []
    // An offset of summer, without a date that has it.
    const options = { dateFormat: 'yyyy-HH-XXX', utc: false }
    const { rotator, directory } = openRotator(options, temporaryDirectory(), (message) => reports.push(message))
    const times = [Date.UTC(2026, 6, 21), Date.UTC(2026, 6, 22), Date.UTC(2026, 11, 21, 11)]
    const names = times.map((time) => {
      writeFileSync(join(directory, 'app.log'), 'text')
      utimesSync(join(directory, 'app.log'), new Date(time), new Date(time))
      return rotator.rotate()
    })
    expect(names).toEqual(['app.1.log', 'app.2.log', 'app.2026-12-+01:00.3.log'])
    expect(reports).toEqual([expect.stringContaining('app.log is rotated without a date')])
  })

  test('should refuse another file than the one that was closed', () => {
    const { rotator, directory } = openRotator()
    writeFileSync(join(directory, 'app.log'), 'one')
    expect(() => rotator.rotate({ dev: 0n, ino: 0n })).toThrow('was moved or exchanged')
    expect(textsOf(directory)).toEqual({ 'app.log': 'one' })
  })

  test.for(sharedModes)('should trust no file of another user in a directory with mode %o', (mode, { skip }) => {
    skip(!isRoot, 'it needs root')
    const { rotator, directory, rotateAnother } = openRotator()
    chmodSync(directory, mode)
    rotateAnother('one')
    writeFileSync(join(directory, 'app.999999999999999.log'), 'planted')
    chownSync(join(directory, 'app.999999999999999.log'), NOBODY, NOBODY)
    expect(openRotator({}, directory).rotateAnother('two'), 'its number does not count').toBe('app.2.log')

    writeFileSync(join(directory, 'app.log'), 'planted')
    chownSync(join(directory, 'app.log'), NOBODY, NOBODY)
    expect(() => rotator.rotate()).toThrow(`belongs to user ${NOBODY}`)
  })

  test('should say so when there is no file', () => {
    const { rotator } = openRotator()
    expect(() => rotator.rotate()).toThrow('ENOENT')
  })

  test('should refuse what is not a regular file', () => {
    const { rotator, directory } = openRotator()
    mkdirSync(join(directory, 'app.log'))
    expect(() => rotator.rotate()).toThrow('app.log is not a regular file')
    rmdirSync(join(directory, 'app.log'))
    symlinkSync('elsewhere', join(directory, 'app.log'))
    expect(() => rotator.rotate()).toThrow('app.log is not a regular file')
    expect(readdirSync(directory)).toEqual(['app.log'])
  })

  test('should be due when the last record is of another period, but not when the file is empty or missing', () => {
    const { rotator, directory } = openRotator({ frequency: 'daily' })
    const path = join(directory, 'app.log')
    expect(rotator.isDue(Date.now())).toBe(false)
    expect(rotator.isEmpty).toBe(true)
    writeFileSync(path, '')
    expect(rotator.isDue(Date.now() + 86_400_000)).toBe(false)
    writeFileSync(path, 'one')
    utimesSync(path, new Date(0), new Date(0))
    expect(rotator.isDue(Date.now())).toBe(true)
    expect(rotator.isEmpty).toBe(false)
    expect(existsSync(path)).toBe(true)
  })
})

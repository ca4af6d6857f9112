import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { destination } from '../destination/destination.ts'
import { poolEnvironment } from '../pool/settings.ts'

/** Set before the modules under test are loaded: they read the platform and take the functions of `fs` once. */
const faults = vi.hoisted(() => {
  const { platform } = process
  const fs = process.getBuiltinModule('node:fs')
  // Reads the platform when it is loaded, too.
  process.getBuiltinModule('node:os')
  const { writeSync } = fs
  const hoisted = { disk: 'sound' as 'sound' | 'full' }
  Object.defineProperty(process, 'platform', { value: 'win32' })
  fs.writeSync = ((descriptor: number, bytes: Buffer, from: number) => {
    if (hoisted.disk === 'sound') return writeSync(descriptor, bytes, from)
    if (from === 0) return writeSync(descriptor, bytes, 0, 3)
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }) as typeof writeSync
  const restore = (): void => {
    fs.writeSync = writeSync
    Object.defineProperty(process, 'platform', { value: platform })
  }
  return Object.assign(hoisted, { restore })
})

beforeAll(() => faults.restore())

let directory: string
/** The codes of the process warnings. */
let warned: string[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pino-funnel-development-'))
  warned = []
  vi.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => {
    const [, options] = args as [string, { readonly code: string }]
    warned.push(options.code)
  })
  onTestFinished(() => {
    faults.disk = 'sound'
    vi.restoreAllMocks()
    rmSync(directory, { recursive: true })
  })
})

describe('a destination in the development mode', () => {
  test('should have each line in the file when its log call has returned', () => {
    const file = join(directory, 'logs', 'app.log')
    const stream = destination({ file, size: '1k', sync: { interval: 10 }, mmap: 'require', order: 'time' })

    stream.write('one\n')
    stream.write('two\nthree\n')
    stream.write('thr')
    stream.write('ough\n')

    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\nthree\nthrough\n')
  })

  test('should make the file when it is flushed without a line', async () => {
    const file = join(directory, 'app.log')

    expect(await flushed(destination(file))).toBeUndefined()

    expect(readFileSync(file, 'utf8')).toBe('')
  })

  test('should make the file with the mode that was asked for, whatever the umask', () => {
    const file = join(directory, 'app.log')

    destination({ file, mode: 0o666 }).write('one\n')

    expect((statSync(file).mode & 0o777).toString(8)).toBe('666')
  })

  test('should go on when its directory is deleted', () => {
    const file = join(directory, 'logs', 'app.log')
    const stream = destination(file)
    stream.write('gone\n')

    rmSync(join(directory, 'logs'), { recursive: true })
    stream.write('there\n')

    expect(readFileSync(file, 'utf8')).toBe('there\n')
  })

  test('should divide lines among files', () => {
    const stream = destination(join(directory, '{field:tenant}.log'))

    stream.write('{"tenant":"a"}\n{"tenant":"b"}\n')
    stream.write('{"other":1}\n')

    const read = (name: string): string => readFileSync(join(directory, `${name}.log`), 'utf8')
    expect(['a', 'b', 'other'].map(read)).toEqual(['{"tenant":"a"}\n', '{"tenant":"b"}\n', '{"other":1}\n'])
  })

  test('should have no file with the name of a device for a value', () => {
    destination(join(directory, '{field:tenant}.log')).write('{"tenant":"con"}\n{"tenant":"console"}\n')

    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^con-[\da-f]{12}\.log$/), 'console.log'])
  })

  test('should drop lines, and say so once, while the file can not be written', async () => {
    const file = join(directory, 'app.log')
    const stream = destination(file)
    const dropped: unknown[] = []
    const warnings: unknown[] = []
    stream.on('drop', (line: string) => dropped.push(line))
    stream.on('warning', ({ code }: { code: string }) => warnings.push(code))
    mkdirSync(file)

    stream.write('one\n')
    stream.write('two\n')
    const error = await flushed(stream)
    rmSync(file, { recursive: true })
    stream.write('three\n')

    expect(dropped).toEqual(['one\n', 'two\n'])
    expect(warnings).toEqual(['FUNNEL_DEVELOPMENT_MODE', 'FUNNEL_LOG_FILE_TROUBLE'])
    expect(warnedOf('FUNNEL_LOG_FILE_TROUBLE')).toBe(1)
    expect(error).toMatchObject({ code: 'FUNNEL_LOG_FILE_TROUBLE' })
    expect(readFileSync(file, 'utf8')).toBe('three\n')
  })

  test('should warn the process once of files that come and go', () => {
    const stream = destination(join(directory, '{field:tenant}.log'))
    stream.write('{"tenant":"a"}\n{"tenant":"b"}\n')

    for (const tenant of ['a', 'b', 'a', 'b']) {
      const file = join(directory, `${tenant}.log`)
      rmSync(file)
      mkdirSync(file)
      stream.write(`{"tenant":"${tenant}"}\n`)
      rmSync(file, { recursive: true })
      stream.write(`{"tenant":"${tenant}"}\n`)
    }

    expect(warnedOf('FUNNEL_LOG_FILE_TROUBLE')).toBe(1)
  })

  test('should warn each destination of the mode once, and the process not again', async () => {
    destination(join(directory, 'first.log'))
    warned = []
    const warnings: unknown[] = []

    const stream = destination(join(directory, '{field:tenant}.log'))
    stream.on('warning', ({ code }: { code: string }) => warnings.push(code))
    stream.write('{"tenant":"a"}\n{"tenant":"b"}\n')
    stream.reopen(join(directory, 'second.log'))
    await flushed(stream)

    expect(warnings).toEqual(['FUNNEL_DEVELOPMENT_MODE'])
    expect(warnedOf('FUNNEL_DEVELOPMENT_MODE')).toBe(0)
  })

  test('should begin the next line on a line of its own when the disk has cut one off', () => {
    const file = join(directory, 'app.log')
    const stream = destination(file)
    stream.on('drop', () => {})
    faults.disk = 'full'
    stream.write('{"msg":"cut off"}\n')
    faults.disk = 'sound'

    stream.write('{"msg":"whole"}\n')
    stream.write('{"msg":"next"}\n')

    expect(readFileSync(file, 'utf8')).toBe('{"m\n{"msg":"whole"}\n{"msg":"next"}\n')
  })

  test('should begin a new file with a line when the old one ends inside a line', () => {
    const file = join(directory, 'app.log')
    const stream = destination(file)
    faults.disk = 'full'
    stream.write('{"msg":"cut off"}\n')
    faults.disk = 'sound'
    rmSync(file)

    stream.write('{"msg":"whole"}\n')

    expect(readFileSync(file, 'utf8')).toBe('{"msg":"whole"}\n')
  })

  test('should be refused beside a channel, whose records it could cost', () => {
    const root = join(directory, '.pino-funnel')
    mkdirSync(root)
    const file = join(directory, 'app.log')
    destination(file).write('one\n')
    writeFileSync(join(root, 'channel.json'), '{}')

    expect(() => destination(file)).toThrow(`it has a channel of pino-funnel (${root})`)
  })

  test.each([
    ['FUNNEL_LOG_FILE_UNUSABLE', '.', {}],
    ['FUNNEL_LOG_FILE_UNUSABLE', 'nul.log', {}],
    ['FUNNEL_LOG_FILE_UNUSABLE', 'Com1', {}],
    ['FUNNEL_LOG_FILE_UNUSABLE', 'app:1.log', {}],
    ['FUNNEL_LOG_FILE_UNUSABLE', '../missing/', {}],
    ['FUNNEL_LOG_FILE_UNUSABLE', '.pino-funnel/app.log', {}],
    ['FUNNEL_LOG_FILE_UNUSABLE', 'a'.repeat(300), {}],
    ['FUNNEL_LOG_FILE_UNUSABLE', 'itself.log', {}],
    ['FUNNEL_LOG_FILE_UNUSABLE', 'device.log', {}],
    ['FUNNEL_LOG_DIRECTORY_UNUSABLE', 'missing/app.log', { mkdir: false }],
    ['FUNNEL_OPTION_UNKNOWN', 'app.log', { unknown: true }],
    ['FUNNEL_OPTION_INVALID', 'app.log', { size: '10' }],
    ['FUNNEL_OPTION_INVALID', 'app.log', { extension: '\\..\\other.log' }],
  ])('should be refused with %s as anywhere', (code, name, options) => {
    symlinkSync('itself.log', join(directory, 'itself.log'))
    symlinkSync('/dev/null', join(directory, 'device.log'))
    for (const open of [destination, poolEnvironment]) {
      expect(() => open({ file: `${directory}/${name}`, ...options })).toThrow(expect.objectContaining({ code }))
    }
  })
})

function flushed(stream: ReturnType<typeof destination>): Promise<unknown> {
  return new Promise((resolve) => stream.flush((error) => resolve(error)))
}

/** How often the process was warned with a code. */
function warnedOf(code: string): number {
  return warned.filter((each) => each === code).length
}

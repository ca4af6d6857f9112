import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decodeSinks, resolveSinks, wantStdout } from './log-sinks.ts'
import { applicationPlaces } from '../sink-target.ts'

function applicationDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-sinks-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'sink.mjs'), '')
  return directory
}

describe('resolveSinks', () => {
  test('should give no sinks when there is no such option', () => {
    expect(resolveSinks(undefined)).toEqual([])
  })

  test('should fill in the defaults when only a target is given', () => {
    const directory = applicationDirectory()

    expect(resolveSinks([{ target: './sink.mjs' }], [directory + sep])).toEqual([
      {
        name: './sink.mjs',
        target: join(directory, 'sink.mjs'),
        options: {},
        level: 30,
        stdout: 'report',
        directory: process.cwd(),
        maxQueueBytes: 16 * 1024 * 1024,
        hangTimeout: 30_000,
      },
    ])
  })

  test.each([
    ['debug', 20],
    ['fatal', 60],
    [0, 0],
    [35, 35],
  ])('should know the level when it is %s', (level, number) => {
    expect(resolveSinks([{ target: 'pino-funnel/stdout', level }])[0]?.level).toBe(number)
  })

  test.each([
    ['a path', (path: string) => path],
    ['a file URL', (path: string) => pathToFileURL(path).href],
    ['a path without its extension', (path: string) => path.slice(0, -3)],
  ])('should find the target when it is %s', (_, spelled) => {
    const directory = applicationDirectory()
    writeFileSync(join(directory, 'sink.js'), '')

    const [sink] = resolveSinks([{ target: spelled(join(directory, 'sink.js')) }])

    expect(sink?.target).toBe(join(directory, 'sink.js'))
  })

  test('should resolve the target from the calling file when it is relative', () => {
    expect(resolveSinks([{ target: './log-sinks.ts' }])[0]?.target).toBe(join(import.meta.dirname, 'log-sinks.ts'))
  })

  test('should take what a bundler says when it has moved the target', () => {
    const directory = applicationDirectory()
    Reflect.set(globalThis, '__bundlerPathsOverrides', { 'my-sink': join(directory, 'sink.mjs') })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, '__bundlerPathsOverrides'))

    expect(resolveSinks([{ target: 'my-sink' }])[0]?.target).toBe(join(directory, 'sink.mjs'))
  })

  test('should tell sinks apart when they have the same target', () => {
    const sinks = resolveSinks([{ target: 'pino-funnel/stdout' }, { target: 'pino-funnel/stdout', level: 'error' }])

    expect(sinks.map(({ name }) => name)).toEqual(['pino-funnel/stdout', 'pino-funnel/stdout #2'])
  })

  test.each([
    ['the built-in target', { target: 'pino-funnel/stdout' }, true],
    ['any other target', { target: './sink.mjs' }, false],
    ['any other target that says so', { target: './sink.mjs', stdout: 'application' }, true],
  ])('should know whether stdout is wanted when it is %s', (_, sink, expected) => {
    expect(wantStdout(resolveSinks([sink], [applicationDirectory() + sep]))).toBe(expected)
  })

  const circle: Record<string, unknown> = {}
  circle['me'] = circle

  test.each([
    [{ target: 'x' }, /'sinks' must be an array such as .*, but \[object Object\] \(object\) came/],
    [['pino-pretty'], /'sinks\[0\]' must be an object .*, but "pino-pretty" \(string\) came/],
    [[{}], /'sinks\[0\]\.target' must be a module or a path, but \[object Undefined\]/],
    [
      [{ target: 'no-such-sink' }],
      /'sinks\[0\]\.target' must be a module or a path, but "no-such-sink" can't be found/,
    ],
    [[{ target: '/no/such/file.js' }], /'sinks\[0\]\.target' .*"\/no\/such\/file\.js" can't be found/],
    [[{ target: 'fs' }], /"fs" can't be found/],
    [[stdout({ level: 'loud' })], /'sinks\[0\]\.level' must be a number, or one of trace, .*, but "loud" \(string\)/],
    [[stdout({ level: Infinity })], /'sinks\[0\]\.level' .* but Infinity \(number\)/],
    [[stdout({ stdout: 1 })], /'sinks\[0\]\.stdout' must be 'application' or 'report', but 1 \(number\)/],
    [[stdout({ maxQueueBytes: 5 })], /'sinks\[0\]\.maxQueueBytes' must be a whole number of bytes from 1048576 on/],
    [[stdout({ hangTimeout: 0.5 })], /'sinks\[0\]\.hangTimeout' must be whole milliseconds from 1000 on/],
    [[stdout({ options: null })], /'sinks\[0\]\.options' must be an object, but .* \(null\)/],
    [[stdout({ options: { a: [{ b() {} }] } })], /'sinks\[0\]\.options\.a\[0\]\.b' .* JSON can hold, .* \(function\)/],
    [[stdout({ options: { a: [undefined] } })], /'sinks\[0\]\.options\.a\[0\]' .* \(undefined\)/],
    [[stdout({ options: { at: new Date() } })], /'sinks\[0\]\.options\.at' .*\[object Date\]/],
    [[stdout({ options: { at: new URL('http://localhost') } })], /'sinks\[0\]\.options\.at' .*\[object URL\]/],
    [[stdout({ options: { n: NaN } })], /'sinks\[0\]\.options\.n' .*NaN/],
    [[stdout({ options: circle })], /'sinks\[0\]\.options\.me' /],
  ])('should refuse %j', (sinks, message) => {
    expect(() => resolveSinks(sinks, applicationPlaces(resolveSinks))).toThrow(
      expect.objectContaining({ code: 'FUNNEL_OPTION_INVALID', message: expect.stringMatching(message) as string }),
    )
  })

  test('should refuse an option that does not exist, and say where the options of targets belong', () => {
    expect(() => resolveSinks([stdout({ colorize: true })])).toThrow(
      expect.objectContaining({
        code: 'FUNNEL_OPTION_UNKNOWN',
        message: expect.stringMatching(/'sinks\[0\]\.colorize'.*'options'/) as string,
      }),
    )
  })

  test('should accept options with a property that is undefined', () => {
    expect(() => resolveSinks([stdout({ options: { destination: undefined } })])).not.toThrow()
  })
})

describe('decodeSinks', () => {
  test('should give what was resolved when it went through JSON', () => {
    const sinks = resolveSinks([stdout({ level: 'warn', options: { deep: [1, { a: null }] } })])

    expect(decodeSinks(JSON.parse(JSON.stringify(sinks)))).toEqual(sinks)
  })

  test.each([undefined, null, {}, 'x', [null], [{}], [{ target: 'relative' }], [{ target: 5 }]])(
    'should give none when it is %j',
    (value) => {
      expect(decodeSinks(value)).toEqual([])
    },
  )

  test('should give defaults when fields are missing or wrong', () => {
    expect(decodeSinks([{ target: '/a.js', level: 'x', maxQueueBytes: -1, directory: '.' }])).toEqual([
      {
        name: '/a.js',
        target: '/a.js',
        options: {},
        level: 30,
        stdout: 'report',
        directory: '/',
        maxQueueBytes: 16 * 1024 * 1024,
        hangTimeout: 30_000,
      },
    ])
  })
})

function stdout(fields: Record<string, unknown>): Record<string, unknown> {
  return { target: 'pino-funnel/stdout', ...fields }
}

import { wantStdout } from '@pino-funnel/channel'
import { decodeSinks } from '@pino-funnel/channel/internal'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { applicationPlaces } from './sink-target.ts'
import { resolveSinks } from './sinks-option.ts'

function applicationDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-sinks-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'sink.mjs'), '')
  return directory
}

function provideModule(directory: string, name: string): void {
  const path = join(directory, 'node_modules', name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'index.js'), '')
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
    expect(resolveSinks([{ target: '../../../bin/pino-funnel.js' }])[0]?.target).toBe(
      join(import.meta.dirname, '../../../bin/pino-funnel.js'),
    )
  })

  describe('in TypeScript', () => {
    function withTypescript(typescript: string | undefined): unknown {
      const { features } = process
      const own = Object.getOwnPropertyDescriptor(features, 'typescript')
      onTestFinished(() => {
        Reflect.deleteProperty(features, 'typescript')
        if (own) Object.defineProperty(features, 'typescript', own)
      })
      Object.defineProperty(features, 'typescript', { configurable: true, value: typescript })
      return resolveSinks([{ target: './sinks-option.ts' }])[0]?.target
    }

    test('should be taken where Node.js loads it', () => {
      expect(withTypescript('strip')).toBe(join(import.meta.dirname, 'sinks-option.ts'))
    })

    test('should be refused, with the reason, where it does not', () => {
      expect(() => withTypescript(undefined)).toThrow(
        /'sinks\[0\]\.target' must be JavaScript on .*; got .*sinks-option\.ts\. .*without tsx/,
      )
    })
  })

  test('should take what a bundler says when it has moved the target', () => {
    const directory = applicationDirectory()
    Reflect.set(globalThis, '__bundlerPathsOverrides', { 'my-sink': join(directory, 'sink.mjs') })
    onTestFinished(() => void Reflect.deleteProperty(globalThis, '__bundlerPathsOverrides'))

    expect(resolveSinks([{ target: 'my-sink' }])[0]?.target).toBe(join(directory, 'sink.mjs'))
  })

  test('should distinguish sinks when they have the same target', () => {
    const sinks = resolveSinks([{ target: 'pino-funnel/stdout' }, { target: 'pino-funnel/stdout', level: 'error' }])

    expect(sinks.map(({ name }) => name)).toEqual(['pino-funnel/stdout', 'pino-funnel/stdout #2'])
  })

  test.each([
    ['the built-in target', { target: 'pino-funnel/stdout' }, true],
    ['pino/file', { target: 'pino/file' }, true],
    ['pino/file with a destination', { target: 'pino/file', options: { destination: './x.log' } }, false],
    ['pino-pretty', { target: 'pino-pretty' }, true],
    ['any other target', { target: './sink.mjs' }, false],
    ['any other target that says so', { target: './sink.mjs', stdout: 'application' }, true],
  ])('should know whether stdout is wanted when it is %s', (_, sink, expected) => {
    const directory = applicationDirectory()
    for (const name of ['pino/file', 'pino-pretty']) provideModule(directory, name)

    expect(wantStdout(resolveSinks([sink], [directory + sep]))).toBe(expected)
  })

  const circle: Record<string, unknown> = {}
  circle['me'] = circle

  test.each([
    [{ target: 'x' }, /'sinks' must be an array such as .*; got an object\./],
    [['pino-pretty'], /'sinks\[0\]' must be an object .*; got a string\./],
    [[{}], /'sinks\[0\]\.target' must be a module or a path; got undefined/],
    [[{ target: 'no-such-sink' }], /'sinks\[0\]\.target' must be a module or a path; 'no-such-sink' can't be found/],
    [[{ target: '/no/such/file.js' }], /'sinks\[0\]\.target' .*'\/no\/such\/file\.js' can't be found/],
    [[{ target: 'fs' }], /'fs' can't be found/],
    [[stdout({ level: 'loud' })], /'sinks\[0\]\.level' must be a number, or one of trace, .*; got 'loud'/],
    [[stdout({ level: Infinity })], /'sinks\[0\]\.level' .*; got Infinity/],
    [[stdout({ stdout: 1 })], /'sinks\[0\]\.stdout' must be 'application' or 'report'; got 1/],
    [[stdout({ maxQueueBytes: 5 })], /'sinks\[0\]\.maxQueueBytes' must be a whole number of bytes from 1048576 on/],
    [[stdout({ hangTimeout: 0.5 })], /'sinks\[0\]\.hangTimeout' must be a whole number of milliseconds from 1000 on/],
    [[stdout({ options: null })], /'sinks\[0\]\.options' must be an object; got null/],
    [[stdout({ options: { a: [{ b() {} }] } })], /'sinks\[0\]\.options\.a\[0\]\.b' .* JSON can hold; got a function\./],
    [[stdout({ options: { a: [undefined] } })], /'sinks\[0\]\.options\.a\[0\]' .*; got undefined/],
    [[stdout({ options: { at: new Date() } })], /'sinks\[0\]\.options\.at' .*; got an instance of Date\./],
    [
      [stdout({ options: { at: new URL('http://localhost') } })],
      /'sinks\[0\]\.options\.at' .*; got an instance of URL\./,
    ],
    [[stdout({ options: { n: NaN } })], /'sinks\[0\]\.options\.n' .*NaN/],
    [[stdout({ options: circle })], /'sinks\[0\]\.options\.me' /],
  ])('should refuse %j', (sinks, message) => {
    expect(() => resolveSinks(sinks, applicationPlaces(resolveSinks))).toThrow(
      expect.objectContaining({ code: 'FUNNEL_OPTION_INVALID', message: expect.stringMatching(message) as string }),
    )
  })

  class Credentials {
    readonly password = 'hunter2'
  }

  test.each([
    { sinks: { target: 'pino/file', options: { password: 'hunter2' } }, got: 'an object' },
    { sinks: [[{ password: 'hunter2' }]], got: 'an array' },
    { sinks: [stdout({ options: [['password', 'hunter2']] })], got: 'an array' },
    { sinks: [stdout({ options: 'hunter2' })], got: 'a string' },
    { sinks: [stdout({ options: { auth: new Credentials() } })], got: 'an instance of Credentials' },
    { sinks: [stdout({ options: { headers: new Map([['authorization', 'hunter2']]) } })], got: 'an instance of Map' },
  ])('should show no value in an error that could show a password: $got', ({ sinks, got }) => {
    let message = ''
    try {
      resolveSinks(sinks, applicationPlaces(resolveSinks))
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toContain(`; got ${got}.`)
    expect(message).not.toContain('hunter2')
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

describe('sinks that were resolved', () => {
  test('should be decoded to the same when they went through JSON', () => {
    const sinks = resolveSinks([stdout({ level: 'warn', options: { deep: [1, { a: null }] } })])

    expect(decodeSinks(JSON.parse(JSON.stringify(sinks)))).toEqual(sinks)
  })
})

function stdout(fields: Record<string, unknown>): Record<string, unknown> {
  return { target: 'pino-funnel/stdout', ...fields }
}

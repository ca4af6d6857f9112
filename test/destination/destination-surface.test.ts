import { spawn, spawnSync } from 'node:child_process'
import { Console } from 'node:console'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pino from 'pino'
import { destination, type Destination } from 'pino-funnel'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { LogDirectory } from '../kit/log-directory.ts'
import { logDirectory } from '../kit/logs/test-log-directory.ts'

describe('a destination', () => {
  test('should take a path alone, and what pino writes, and emit an event when it is ready', async () => {
    const { file } = logDirectory()
    const opened = destination(file)
    onTestFinished(() => opened.destroy())

    await event(opened, 'ready')
    pino({ base: null, timestamp: false }, opened).info('hello')
    await flushed(opened)

    expect(opened.file).toBe(file)
    expect(readFileSync(file, 'utf8')).toBe('{"level":30,"msg":"hello"}\n')
  })

  test('should make lines of all that raw writers give it', async () => {
    const directory = logDirectory()
    const opened = open(directory)

    expect(opened.write('two\nlines\n')).toBe(true)
    expect(opened.write('a line that ')).toBe(true)
    expect(opened.write('ends later\n')).toBe(true)
    expect(opened.write('')).toBe(true)
    expect(opened.write('\n')).toBe(true)
    expect(opened.write('a NUL \0 in it\n')).toBe(true)
    expect(opened.write(Buffer.from('bytes, Gr\u00fc\u00dfe \u{1f44b}\n'))).toBe(true)
    expect(opened.write('6865780a', 'hex')).toBe(true)
    for (const value of [42, undefined, { toString: 1, valueOf: 1 }]) opened.write(value as unknown as string)
    expect(opened.write('{"without":"an end"}')).toBe(true)
    expect(opened.write('without an end')).toBe(true)
    await flushed(opened)

    expect(readFileSync(directory.file, 'utf8').split('\n')).toEqual([
      'two',
      'lines',
      'a line that ends later',
      ' ',
      'a NUL \\u0000 in it',
      'bytes, Gr\u00fc\u00dfe \u{1f44b}',
      'hex',
      '42',
      'undefined',
      'something that is not text',
      '{"without":"an end"}',
      'without an end',
      '',
    ])
  })

  test('should keep records of pino whole beside a pipe that is in the middle of a line', async () => {
    const directory = logDirectory()
    const opened = open(directory)
    const bytes = Buffer.from('from a pipe: \u{1f44b}\n')

    for (const [n, byte] of bytes.entries()) {
      pino({ base: null, timestamp: false }, opened).info({ n })
      opened.write(Buffer.from([byte]))
      if (n === 5) await flushed(opened)
    }
    await flushed(opened)

    const lines = readFileSync(directory.file, 'utf8').split('\n')
    expect(lines.filter((line) => line.startsWith('{'))).toHaveLength(bytes.length)
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual(['from a pipe: \u{1f44b}', ''])
  })

  test('should write what has begun a line when it is destroyed, and when its process exits', async () => {
    const directory = logDirectory()
    const opened = open(directory)
    opened.write('begun')
    opened.write(Buffer.from('bytes'))

    opened.destroy()
    const exits = `require('pino-funnel').destination(process.argv[1]).write('until the exit'); process.exit(3)`
    spawnSync(process.execPath, ['-e', exits, directory.file], { cwd: import.meta.dirname })

    await directory.drained()
    const lines = readFileSync(directory.file, 'utf8').split('\n')
    expect(lines.filter((line) => /^(begun|bytes)$/.test(line))).toEqual(['begun', 'bytes'])
    expect(lines).toContain('until the exit')
  })

  test('should write all, finish and close, in this order, when it is ended', async () => {
    const directory = logDirectory()
    const opened = open(directory)
    const events: string[] = []
    for (const name of ['finish', 'close', 'error']) opened.on(name, () => events.push(name))
    opened.write('first\n')

    opened.end('last\n')
    expect(opened.writable).toBe(true)
    await event(opened, 'close')

    expect(events).toEqual(['finish', 'close'])
    expect(readFileSync(directory.file, 'utf8')).toBe('first\nlast\n')
    expect({ writable: opened.writable, destroyed: opened.destroyed }).toEqual({ writable: false, destroyed: true })
    await directory.drained()
  })

  test('should refuse records, and do nothing else, when it was ended before', async () => {
    const opened = open(logDirectory())
    opened.end()
    await event(opened, 'close')
    const code = 'FUNNEL_DESTINATION_ENDED'

    expect(() => opened.write('late\n')).toThrow(expect.objectContaining({ code }))
    expect(() => opened.reopen()).toThrow(expect.objectContaining({ code }))
    expect(() => opened.flush()).toThrow(expect.objectContaining({ code }))
    await expect(flushed(opened)).rejects.toMatchObject({ code })
    opened.flushSync()
    opened.end()
    opened.destroy()
  })

  test('should close at once, and lose nothing, when it is destroyed', async () => {
    const directory = logDirectory()
    const opened = open(directory)
    opened.write('only\n')

    opened.destroy()
    await event(opened, 'close')

    await directory.drained()
    expect(readFileSync(directory.file, 'utf8')).toBe('only\n')
  })

  test('should keep the order of records when several destinations of one thread write one file', async () => {
    const directory = logDirectory()
    const [first, second, third] = [open(directory), open(directory), open(directory)]
    const order = Array.from({ length: 3_000 }, (_, n) => `${n}\n`)

    for (const [n, line] of order.entries()) [first, second, third][n % 3]!.write(line)
    second.destroy()
    first.write('of the first\n')
    await flushed(third)

    expect(directory.mailboxes()).toHaveLength(1)
    expect(readFileSync(directory.file, 'utf8')).toBe([...order, 'of the first\n'].join(''))
  })

  test('should not wait for the disk when pino logs a fatal record and flushes synchronously', async () => {
    const directory = logDirectory()
    const opened = open(directory)

    pino(opened).fatal('the end')
    opened.flushSync()
    await flushed(opened)

    expect(readFileSync(directory.file, 'utf8')).toContain('"msg":"the end"')
  })

  test('should have all in the file when flushSync() returns, unless pino has just logged a fatal record', async () => {
    const directory = logDirectory()
    const opened = open(directory)
    await event(opened, 'ready')

    // It holds the thread up for a second at most. On a very busy machine the listener may need more for one of them.
    const texts = Array.from({ length: 5 }, (_, n) => {
      opened.write(`${n}\n`)
      const began = performance.now()
      opened.flushSync()
      const text = readFileSync(directory.file, 'utf8')
      return text.endsWith(`${n}\n`) || performance.now() - began < LONGEST_WAIT_MS ? text : 'waited in vain'
    })

    const all = ['0\n', '0\n1\n', '0\n1\n2\n', '0\n1\n2\n3\n', '0\n1\n2\n3\n4\n']
    const shown = texts.filter((text) => text !== 'waited in vain')
    expect(shown).not.toEqual([])
    expect(shown).toEqual(all.filter((_, n) => texts[n] !== 'waited in vain'))
  })

  test('should have its file when it is ready, also when it was opened again', async () => {
    const directory = logDirectory()
    const opened = open(directory)
    await event(opened, 'ready')
    expect(existsSync(directory.file)).toBe(true)

    renameSync(directory.file, directory.path('moved.log'))
    opened.reopen()
    await event(opened, 'ready')

    expect(existsSync(directory.file)).toBe(true)
  })

  test('should go on in another file when it is reopened with one, and keep its file when that can not be used', async () => {
    const directory = logDirectory()
    const opened = open(directory)
    const other = directory.path('other.log')
    opened.write('first\n')
    const first = flushed(opened)

    opened.reopen(other)
    opened.write('second\n')
    await Promise.all([first, flushed(opened)])

    expect(opened.file).toBe(other)
    expect([directory.file, other].map((file) => readFileSync(file, 'utf8'))).toEqual(['first\n', 'second\n'])
    expect(() => opened.reopen(directory.logs)).toThrow(expect.objectContaining({ code: 'FUNNEL_LOG_FILE_UNUSABLE' }))
    expect(opened.file).toBe(other)
  })

  test('should call back, and end, when end() is given anything that a stream takes', async () => {
    const directory = logDirectory()
    const errors = await Promise.all([
      new Promise((resolve) => open(directory).end(resolve)),
      new Promise((resolve) => open(directory).end('text\n', resolve)),
      new Promise((resolve) => open(directory).end('text\n', 'utf8', resolve)),
      event(open(directory).end(null), 'close'),
      event(open(directory).end(0 as unknown as null), 'close'),
    ])
    expect(errors.filter((error) => error !== undefined)).toEqual([])

    const closed = open(directory)
    closed.destroy()
    const late = new Promise((resolve) => closed.end(resolve))
    await expect(late).resolves.toMatchObject({ code: 'FUNNEL_DESTINATION_ENDED' })
  })

  test.each([
    ['a Proxy', (opened: Destination) => new Proxy(opened, {})],
    ['an object that inherits from it', (opened: Destination) => Object.create(opened) as Destination],
  ])('should work behind %s', async (_, wrap) => {
    const directory = logDirectory()
    const wrapped = wrap(open(directory))

    pino({ base: null, timestamp: false }, wrapped).info('hello')
    await flushed(wrapped)
    expect([wrapped.file, wrapped.writable, wrapped.destroyed]).toEqual([directory.file, true, false])
    wrapped.flushSync()
    wrapped.reopen()
    await new Promise((resolve) => wrapped.end(resolve))

    expect(wrapped.destroyed).toBe(true)
    expect(readFileSync(directory.file, 'utf8')).toBe('{"level":30,"msg":"hello"}\n')
  })

  test('should take the place of a stream that others write to', async () => {
    const directory = logDirectory()
    const lines = Array.from({ length: 1_000 }, (_, n) => `line ${n}: \u{1f44b}\n`)
    const bytes = Buffer.from(lines.join(''))
    const chunks = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) => bytes.subarray(n * 7, n * 7 + 7))

    await pipeline(Readable.from(chunks), open(directory))
    const child = spawn('seq', ['1000'])
    await event(child.stdout.pipe(open(directory)), 'close')
    const opened = open(directory)
    new Console(opened).log('of a console\nwith two lines')
    const write = process.stdout.write.bind(process.stdout)
    process.stdout.write = opened.write.bind(opened)
    process.stdout.write('of stdout\n')
    process.stdout.write = write
    await new Promise<void>((resolve) => opened.write('called back\n', () => resolve()))
    await opened[Symbol.asyncDispose]()

    const numbers = Array.from({ length: 1_000 }, (_, n) => `${n + 1}\n`)
    const written = [...lines, ...numbers, 'of a console\n', 'with two lines\n', 'of stdout\n', 'called back\n'].join(
      '',
    )
    expect(readFileSync(directory.file, 'utf8')).toBe(written)
  })

  test('should refuse a callback of flush() that is not a function', () => {
    const opened = open(logDirectory())

    const wrong = 'done' as unknown as () => void
    expect(() => opened.flush(wrong)).toThrow(expect.objectContaining({ code: 'FUNNEL_OPTION_INVALID' }))
  })
})

/** For a flush while a listener starts, on a very busy machine; in ms. */
const PATIENCE = 120_000
/** Of `flushSync`. */
const LONGEST_WAIT_MS = 1000

/** Opened until the end of the test; this is before the log directory goes. */
function open(directory: LogDirectory): Destination {
  const opened = destination({ file: directory.file, flushTimeout: PATIENCE })
  onTestFinished(() => opened.destroy())
  return opened
}

function event(opened: NodeJS.EventEmitter, name: string): Promise<void> {
  return new Promise((resolve) => opened.once(name, () => resolve()))
}

function flushed(opened: Destination): Promise<void> {
  return new Promise((resolve, reject) => opened.flush((error) => (error ? reject(error) : resolve())))
}

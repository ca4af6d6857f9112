import { readFileSync } from 'node:fs'
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

  test('should make one line of each record when raw writers give it anything', async () => {
    const directory = logDirectory()
    const opened = open(directory)

    expect(opened.write('without an end')).toBe(true)
    expect(opened.write('two\nlines\n')).toBe(true)
    expect(opened.write('')).toBe(true)
    expect(opened.write('a NUL \0 in it\n')).toBe(true)
    expect(opened.write(Buffer.from('bytes, Gr\u00fc\u00dfe \u{1f44b}\n'))).toBe(true)
    await flushed(opened)

    expect(readFileSync(directory.file, 'utf8').split('\n')).toEqual([
      'without an end',
      'two\\nlines',
      ' ',
      'a NUL \\u0000 in it',
      'bytes, Gr\u00fc\u00dfe \u{1f44b}',
      '',
    ])
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

  test('should refuse a callback of flush() that is not a function', () => {
    const opened = open(logDirectory())

    const wrong = 'done' as unknown as () => void
    expect(() => opened.flush(wrong)).toThrow(expect.objectContaining({ code: 'FUNNEL_OPTION_INVALID' }))
  })
})

/** Opened until the end of the test; this is before the log directory goes. */
function open(directory: LogDirectory): Destination {
  const opened = destination({ file: directory.file })
  onTestFinished(() => opened.destroy())
  return opened
}

function event(opened: Destination, name: string): Promise<void> {
  return new Promise((resolve) => opened.once(name, () => resolve()))
}

function flushed(opened: Destination): Promise<void> {
  return new Promise((resolve, reject) => opened.flush((error) => (error ? reject(error) : resolve())))
}

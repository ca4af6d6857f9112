import type { FunnelError } from '@pino-funnel/channel'
import { copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openContents } from './files/contents.ts'
import { TestLog } from './testing/log.test-kit.ts'
import { readLog, type ReadOptions } from './read-log.ts'
import { lastLineEnd } from './files/last-line-end.ts'
import type { LogLine } from './reading/portion.ts'

async function read(log: string, options: ReadOptions = {}): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for await (const line of readLog(log, options)) lines.push(line)
  return lines
}

async function texts(log: string, options: ReadOptions = {}): Promise<string[]> {
  return (await read(log, options)).map(({ text }) => text)
}

function lastPosition(lines: readonly LogLine[]): string {
  return lines.at(-1)?.cursor ?? ''
}

/** A reader that follows, and is asked for a number of lines at a time. */
class Follower {
  readonly gaps: FunnelError[] = []
  readonly #abort = new AbortController()
  readonly #lines: AsyncGenerator<LogLine, void, void>

  constructor(log: string, options: ReadOptions = {}) {
    const onGap = (gap: FunnelError): number => this.gaps.push(gap)
    this.#lines = readLog(log, { ...options, follow: true, signal: this.#abort.signal, onGap })
  }

  async take(count: number): Promise<string[]> {
    const lines: string[] = []
    while (lines.length < count) {
      const { value } = await this.#lines.next()
      if (!value) break
      lines.push(value.text)
    }
    return lines
  }

  async end(): Promise<void> {
    this.#abort.abort()
    await this.#lines.return()
  }
}

describe('readLog', () => {
  test('should read rotated and compressed files in the order of their numbers, and the live file last', async () => {
    const log = new TestLog()
    const lines: string[] = []
    for (let number = 1; number <= 11; number += 1) {
      lines.push(...log.write(3))
      log.rotate(number % 2 ? `app.${number}.log` : `app.2026-11-21.${number}.log`)
      if (number < 10) log.compress(number % 2 ? `app.${number}.log` : `app.2026-11-21.${number}.log`)
    }
    lines.push(...log.write(3))
    writeFileSync(log.at('app.error.log'), '')
    writeFileSync(log.at('app.error.1.log'), 'of another log\n')
    writeFileSync(log.at('app.5.log.gz.partial'), 'being made')

    expect(await texts(log.path)).toEqual(lines)
  })

  test('should leave out a log of the channel that has the name of a rotated file', async () => {
    const log = new TestLog()
    const lines = log.write(1)
    mkdirSync(log.at('.pino-funnel'))
    writeFileSync(log.at('.pino-funnel/logs'), '"app.log"\n"app.1.log"\n')
    writeFileSync(log.at('app.1.log'), 'of another log\n')
    writeFileSync(log.at('app.1.1.log'), 'of another log\n')

    expect(await texts(log.path)).toEqual(lines)
  })

  test('should read files that logrotate has rotated', async () => {
    const log = new TestLog()
    const lines = log.write(2)
    log.rotate('app.log.2')
    log.compress('app.log.2')
    lines.push(...log.write(2))
    log.rotate('app.log.1')
    lines.push(...log.write(2))

    expect(await texts(log.path)).toEqual(lines)
  })

  test('should give whole lines only, and a line without an end when its file is finished', async () => {
    const log = new TestLog()
    log.append('one\ntwo')
    log.rotate('app.1.log')
    log.append('three\n\nfo')

    expect(await texts(log.path)).toEqual(['one', 'two', 'three', ''])
  })

  test('should give a line of 16 MiB whole', async () => {
    const log = new TestLog()
    const long = 'x'.repeat(16 * 1024 * 1024 - 1)
    log.append(`before\n${long}\nafter\n`)
    log.rotate('app.1.log')
    log.compress('app.1.log')

    const lines = await texts(log.path)

    expect(lines.map(({ length }) => length)).toEqual([6, long.length, 5])
  })

  test('should give nothing for a log that does not exist yet', async () => {
    expect(await texts(new TestLog().path)).toEqual([])
  })

  test('should go on with the next file when a compressed one is damaged, and say what is missing', async () => {
    const log = new TestLog()
    log.append(`${'x'.repeat(1000)}\n`.repeat(1000))
    log.rotate('app.1.log')
    log.compress('app.1.log')
    const compressed = readFileSync(log.at('app.1.log.gz'))
    writeFileSync(log.at('app.1.log.gz'), compressed.subarray(0, compressed.length - 20))
    const after = log.write(1)
    const gaps: FunnelError[] = []

    const lines = await texts(log.path, { onGap: (gap) => gaps.push(gap) })

    expect(lines.at(-1)).toBe(after[0])
    expect(gaps.map(({ message }) => message)).toEqual([expect.stringMatching(/app\.1\.log\.gz is damaged/)])
    await expect(texts(log.path)).rejects.toMatchObject({ code: 'FUNNEL_LOG_GAP' })
  })
})

describe('a position', () => {
  test('should go on after each line, also when all files were rotated, compressed and moved', async () => {
    const log = new TestLog()
    const lines = log.write(4)
    log.rotate('app.1.log')
    lines.push(...log.write(4))
    const before = await read(log.path)
    log.compress('app.1.log')
    log.rotate('app.2.log')
    log.compress('app.2.log')
    lines.push(...log.write(2))
    const moved = `${log.directory}-moved`
    renameSync(log.directory, moved)
    renameSync(moved, log.directory)

    for (const [index, { cursor }] of before.entries()) {
      expect(await texts(log.path, { from: cursor })).toEqual(lines.slice(index + 1))
    }
  })

  test('should be found when numbers begin with 1 again', async () => {
    const log = new TestLog()
    for (const name of ['app.1.log', 'app.2.log', 'app.3.log']) {
      log.write(2)
      log.rotate(name)
    }
    log.write(2)
    const position = lastPosition(await read(log.path))
    for (const name of ['app.1.log', 'app.2.log', 'app.3.log']) log.delete(name)
    log.rotate('app.1.log')
    log.compress('app.1.log')
    const after = log.write(2)

    expect(await texts(log.path, { from: position })).toEqual(after)
  })

  test('should be found in the copy when another program has copied the file and cut it', async () => {
    const log = new TestLog()
    const lines = log.write(4)
    const [, second] = await read(log.path)
    copyFileSync(log.path, log.at('app.log.1'))
    truncateSync(log.path)
    lines.push(...log.write(2))

    expect(await texts(log.path, { from: second?.cursor ?? '' })).toEqual(lines.slice(2))
  })

  test.each([
    ['its file was deleted', (log: TestLog) => log.delete('app.log')],
    ['the log is another one', (log: TestLog) => writeFileSync(log.path, 'another line\n'.repeat(100))],
  ])('should be refused when %s', async (_, change) => {
    const log = new TestLog()
    log.write(4)
    const position = lastPosition(await read(log.path))
    change(log)

    await expect(texts(log.path, { from: position })).rejects.toMatchObject({ code: 'FUNNEL_POSITION_UNKNOWN' })
  })

  test('should be refused when it is not one', async () => {
    await expect(texts(new TestLog().path, { from: 'tomorrow' })).rejects.toThrow(/got 'tomorrow'/)
  })
})

describe('readLog with follow', () => {
  test('should miss no rotation, whatever becomes of the files meanwhile', async () => {
    const log = new TestLog()
    const lines = log.write(2)
    const follower = new Follower(log.path)
    expect(await follower.take(2)).toEqual(lines)

    const rest = log.write(1)
    log.rotate('app.1.log')
    rest.push(...log.write(1))
    log.rotate('app.2.log')
    log.compress('app.1.log')
    rest.push(...log.write(1))
    log.compress('app.2.log')

    expect(await follower.take(3)).toEqual(rest)
    expect(follower.gaps).toEqual([])
    await follower.end()
  })

  test('should read what is appended to a file after it was moved away', async () => {
    const log = new TestLog()
    const follower = new Follower(log.path)
    log.append('one\n')
    expect(await follower.take(1)).toEqual(['one'])
    log.rotate('app.log.1')
    const next = follower.take(2)
    log.append('')
    writeFileSync(log.at('app.log.1'), 'one\nlate\n', { flag: 'r+' })
    log.append('two\n')

    expect(await next).toEqual(['late', 'two'])
    await follower.end()
  })

  test('should finish the file that it reads when the file was deleted, and say which numbers are missing', async () => {
    const log = new TestLog()
    log.append('one\ntwo\n')
    log.rotate('app.1.log')
    const follower = new Follower(log.path)
    expect(await follower.take(1)).toEqual(['one'])
    log.delete('app.1.log')
    log.append('three\n')
    log.rotate('app.4.log')

    expect(await follower.take(2)).toEqual(['two', 'three'])
    expect(follower.gaps.map(({ message }) => message)).toEqual([expect.stringMatching(/number 2 to 3/)])
    await follower.end()
  })

  test('should find the next file when numbers begin with 1 again and inodes are used again', async () => {
    const log = new TestLog()
    log.append('old\n')
    log.rotate('app.7.log')
    const lines = log.write(1)
    const follower = new Follower(log.path)
    expect(await follower.take(2)).toEqual(['old', ...lines])
    log.delete('app.7.log')
    log.rotate('app.1.log')
    const next = log.write(1)
    log.rotate('app.2.log')
    log.compress('app.1.log')
    next.push(...log.write(1))

    expect(await follower.take(2)).toEqual(next)
    await follower.end()
  })

  test('should begin again when another program cuts the file, also when it has grown beyond where it was', async () => {
    const log = new TestLog()
    log.append('one\n')
    const follower = new Follower(log.path)
    expect(await follower.take(1)).toEqual(['one'])
    truncateSync(log.path)
    log.append('two, which is longer than one\n')

    expect(await follower.take(1)).toEqual(['two, which is longer than one'])
    expect(follower.gaps.map(({ message }) => message)).toEqual([
      expect.stringMatching(/Another program cut .*app\.log/),
    ])
    await follower.end()
  })

  test('should begin at the end of the last whole line', async () => {
    const log = new TestLog()
    log.append(`${'one\n'.repeat(40_000)}tw`)
    const contents = await openContents(log.path, undefined)

    const { end, before } = await lastLineEnd(contents)

    await contents.close()
    expect([end, before.toString()]).toEqual([160_000, 'one\n'.repeat(128)])
    expect(await texts(log.path, { from: 'end' })).toEqual([])
  })

  test('should begin at the end of a log whose last file is damaged', async () => {
    const log = new TestLog()
    writeFileSync(log.at('app.1.log.gz'), 'no longer what it was')
    const abort = new AbortController()
    const lines = readLog(log.path, { from: 'end', follow: true, signal: abort.signal })

    const next = lines.next()
    // The first of them may be there before the reader has found the end.
    const written: string[] = []
    const writing = setInterval(() => written.push(...log.write(1)), 20)
    onTestFinished(() => clearInterval(writing))

    expect(written).toContain((await next).value?.text)
    abort.abort()
    await lines.return()
  })

  test('should refuse a live file that is a symbolic link', async () => {
    const log = new TestLog()
    symlinkSync('/etc/passwd', log.path)

    await expect(texts(log.path)).rejects.toThrow(/app\.log is a symbolic link.*Name the file/)
    await expect(texts(log.path, { from: 'end' })).rejects.toThrow(/is a symbolic link/)
  })

  test('should end when its signal is aborted', async () => {
    const log = new TestLog()
    const abort = new AbortController()
    const reading = texts(log.path, { follow: true, signal: abort.signal })
    abort.abort()

    expect(await reading).toEqual([])
  })
})

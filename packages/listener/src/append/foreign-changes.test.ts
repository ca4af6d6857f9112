import { DEFAULT_LOG_OPTIONS } from '@pino-funnel/channel'
import { appendFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LogFile } from '../log/log-file.ts'
import { openMailbox, temporaryChannel, until } from '../testing/channel.test-kit.ts'
import { Log } from '../testing/collected-log.test-kit.ts'
import { Scene } from '../testing/collector-scene.test-kit.ts'
import { openCollector } from '../testing/collector.test-kit.ts'

describe('what others do to the log file', () => {
  test('should get nothing of what it collects when another directory with a listener of its own took its place in mid-cycle', () => {
    const channel = temporaryChannel()
    const collector = openCollector(channel)
    const { writer, entry } = openMailbox(channel)
    const file = join(channel.logDirectory, 'app.log')
    writer.append('before\n')
    collector.collect(new Set([entry]))
    renameSync(file, join(channel.logDirectory, 'moved.log'))
    writeFileSync(file, 'of the other listener\n')
    writer.append('after\n')
    collector.isOurs = false

    expect(collector.collect(new Set([entry]))).toBe(false)

    expect(readFileSync(file, 'utf8')).toBe('of the other listener\n')
    expect(entry.reading.isDry).toBe(false)
    expect(collector.trouble).toMatch(/another listener/)
  })

  test('should be reported once, with the sizes, when they cut it', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n', 'two\n')
    truncateSync(log.path)
    log.write('three\n')
    log.write('four\n')
    expect(log.files).toEqual({ 'app.log': 'three\nfour\n' })
    expect(log.collector.notices).toEqual([{ event: 'truncated', from: 8, to: 0 }])
    truncateSync(log.path, 6)
    log.write('five\n')
    expect(log.collector.notices.at(-1)).toEqual({ event: 'truncated', from: 11, to: 6 })
    expect(log.collector.notices).toHaveLength(2)
  })

  test('should be reported once when they cut it and nothing can be appended for a while', async () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    truncateSync(log.path)
    const record = vi.spyOn(log.collector.journal, 'record').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    })
    log.write('two\n')
    await until(() => {
      log.write()
      return record.mock.calls.length >= 3
    }, 'it to be tried again')
    record.mockRestore()
    await until(() => {
      log.write()
      return log.collector.trouble === undefined
    }, 'the trouble to be over')
    expect(log.files).toEqual({ 'app.log': 'two\n' })
    expect(log.collector.notices.map(({ event }) => event)).toEqual(['truncated', 'trouble'])
  })

  test.each([
    ['nothing', 0],
    ['a part', 5],
  ])(
    'should lose no line that waits when they empty it on a full disk that has taken %s of them',
    async (_what, part) => {
      const log = new Log(DEFAULT_LOG_OPTIONS)
      log.write('one\n')
      const append = Object.getOwnPropertyDescriptor(LogFile.prototype, 'append')?.value as LogFile['append']
      const full = vi.spyOn(LogFile.prototype, 'append').mockImplementation(function (this: LogFile, bytes) {
        append.call(this, bytes.subarray(0, part))
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      })
      onTestFinished(() => full.mockRestore())
      log.write('two\n', 'three\n')
      expect(log.files).toEqual({ 'app.log': `one\n${'two\nthree\n'.slice(0, part)}` })
      truncateSync(log.path)
      full.mockRestore()
      await until(() => {
        log.write()
        return log.collector.trouble === undefined
      }, 'the trouble to be over')
      expect(log.files).toEqual({ 'app.log': 'two\nthree\n' })
      expect(log.collector.notices.map(({ event }) => event)).toEqual(['truncated', 'trouble'])
    },
  )

  test('should be in the log when they have changed it after its listener died', async () => {
    const scene = new Scene()
    const writer = scene.join(DEFAULT_LOG_OPTIONS)
    await scene.write(writer, 'one\n')
    scene.tearLastWrite(0)
    appendFileSync(join(scene.channel.logDirectory, 'app.log'), 'of another program\n')
    const next = new Scene(scene.channel)
    next.collector.start()
    await until(() => next.text.includes('"foreign"'), 'a record of it')
    writer.append('two\n')
    next.collector.readSoon(next.entryOf(writer))
    await until(() => next.text.includes('two'), 'the next line')
    expect(next.notices.filter(({ event }) => event === 'foreign')).toHaveLength(1)
  })

  test('should not be taken for a cut when they write to it, move it, or it was closed meanwhile', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    appendFileSync(log.path, 'foreign\n')
    log.write('two\n')
    log.collector.reopen()
    log.write('three\n')
    renameSync(log.path, `${log.path}.1`)
    log.write('four\n')
    expect(log.collector.notices).toEqual([])
    expect(log.files).toEqual({ 'app.log.1': 'one\nforeign\ntwo\nthree\n', 'app.log': 'four\n' })
  })
})

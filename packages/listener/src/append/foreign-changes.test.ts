import { DEFAULT_LOG_OPTIONS } from '@pino-funnel/channel'
import { appendFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { openMailbox, temporaryChannel, until } from '../testing/channel.test-kit.ts'
import { Log } from '../testing/collected-log.test-kit.ts'
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

import { DEFAULT_LOG_OPTIONS } from '@pino-funnel/channel'
import { ledgerPath } from '@pino-funnel/ledger'
import * as fc from 'fast-check'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, onTestFinished, vi } from 'vitest'
import { LogFile } from '../log/log-file.ts'
import { lineOf, openMailbox, patience, temporaryChannel, until } from '../testing/channel.test-kit.ts'
import { Log, rotating, textsOf } from '../testing/collected-log.test-kit.ts'
import { openCollector } from '../testing/collector.test-kit.ts'
import { toFormerBoot } from '../testing/former-boot.test-kit.ts'

/** No name can be as long as this makes it. */
const TOO_LONG = `'${'x'.repeat(300)}'`

describe('rotation', patience, () => {
  test('should split no record, exceed the size by no more than one record alone, and keep the order, at any size', () => {
    const lengths = fc.array(fc.integer({ min: 10, max: 400 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), lengths, lengths, fc.nat({ max: 20 }), (size, one, two, pause) => {
        const channel = temporaryChannel()
        const collector = openCollector(channel, rotating({ size }))
        const mailboxes = [openMailbox(channel), openMailbox(channel)]
        const expected = [one, two].map((all, worker) =>
          all.map((length, index) => lineOf(`${worker}:${index}`, length)),
        )
        const entries = new Set(mailboxes.map(({ entry }) => entry))
        for (let index = 0; index < Math.max(one.length, two.length); index += 1) {
          for (const [worker, { writer }] of mailboxes.entries()) {
            const line = expected[worker]?.[index]
            if (line !== undefined) writer.append(line)
          }
          if (index % (pause + 1) === 0) collector.collect(entries)
        }
        collector.collect(entries)
        const texts = textsOf(channel)
        for (const text of texts) {
          expect(text.endsWith('\n')).toBe(true)
          const lines = text.split('\n').length - 1
          expect(text.length <= size || lines === 1, `${lines} records, ${text.length} bytes of ${size}`).toBe(true)
        }
        const found = texts.join('').split('\n').slice(0, -1)
        for (const [worker, lines] of expected.entries())
          expect(found.filter((line) => line.startsWith(`${worker}:`)).map((line) => `${line}\n`)).toEqual(lines)
        expect(collector.status()).toMatchObject({ rotations: texts.length - 1, records: one.length + two.length })
      }),
      { numRuns: 40 },
    )
  })

  test('should leave nothing undecided in the journal when a file has gone', () => {
    const log = new Log(rotating({}))
    log.write('one\n')
    expect(log.collector.journal.load().inDoubt.size).toBe(1)
    expect(log.collector.rotate()).toBe('app.1.log')
    expect(log.collector.journal.load().inDoubt.size).toBe(0)
    log.write('two\n')
    expect(log.collector.journal.load().inDoubt.get('app.log')?.offset).toBe(0)
    expect(log.files).toEqual({ 'app.1.log': 'one\n', 'app.log': 'two\n' })
  })

  test('should not be made before the journal has taken it', () => {
    const log = new Log(rotating({}))
    log.write('one\n')
    const recordClosed = vi.spyOn(log.collector.journal, 'recordClosed')
    onTestFinished(() => recordClosed.mockRestore())
    recordClosed.mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    })
    expect(() => log.collector.rotate()).toThrow('ENOSPC')
    expect(() => log.collector.rotate(), 'it is closed already').toThrow('ENOSPC')
    expect(log.files).toEqual({ 'app.log': 'one\n' })
    recordClosed.mockRestore()
    expect(log.collector.rotate()).toBe('app.1.log')
    expect(log.collector.journal.load().inDoubt.size).toBe(0)
  })

  test('should not be made when it is asked for and there is nothing in the file, or no file', () => {
    const log = new Log(rotating({}))
    expect(log.collector.rotate()).toBeUndefined()
    writeFileSync(log.path, '')
    expect(log.collector.rotate()).toBeUndefined()
    expect(log.files).toEqual({ 'app.log': '' })
  })

  test('should name a file of an earlier run by its own time when it is asked for before any record', () => {
    const log = new Log(rotating({ dateFormat: 'yyyy-MM-dd', utc: true }), 'earlier\n')
    log.age(Date.UTC(2026, 2, 4))
    expect(log.collector.rotate()).toBe('app.2026-03-04.1.log')
  })

  test('should cut the torn line of a former boot when it is asked for before any record', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    log.collector.close()
    toFormerBoot(ledgerPath(log.channel.directory, 'app.log'))
    appendFileSync(log.path, 'to')

    expect(openCollector(log.channel).rotate()).toBe('app.1.log')
    expect(log.files).toEqual({ 'app.1.log': 'one\n' })
  })

  test('should not be made of a file that has only a line torn by a power loss, and the line be cut', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    log.collector.close()
    toFormerBoot(ledgerPath(log.channel.directory, 'app.log'))
    writeFileSync(log.path, 'to')
    const next = openCollector(log.channel)

    expect(next.rotate()).toBeUndefined()
    expect(log.files).toEqual({ 'app.log': '' })
    expect(next.status().rotations).toBe(0)
  })

  test('should name a file by the time of its last record when a torn line is cut', () => {
    const options = rotating({ dateFormat: 'yyyy-MM-dd', utc: true })
    const log = new Log(options)
    log.write('one\n')
    log.collector.close()
    toFormerBoot(ledgerPath(log.channel.directory, 'app.log'))
    appendFileSync(log.path, 'to')
    log.age(Date.UTC(2026, 2, 4))

    expect(openCollector(log.channel, options).rotate()).toBe('app.2026-03-04.1.log')
    expect(log.files).toEqual({ 'app.2026-03-04.1.log': 'one\n' })
  })

  test('should come with the first record when a run begins, and once', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS, 'earlier\n')
    log.collector.runBegan()
    log.write('one\n', 'two\n')
    log.write('three\n')
    expect(log.files).toEqual({ 'app.1.log': 'earlier\n', 'app.log': 'one\ntwo\nthree\n' })
  })

  test.each([
    ['there is no file', undefined],
    ['the file is empty', ''],
  ])('should not come when a run begins, and not later, when %s', (_what, earlier) => {
    const log = new Log(DEFAULT_LOG_OPTIONS, earlier)
    log.collector.runBegan()
    log.write('one\n', 'two\n')
    log.write('three\n')
    expect(log.files).toEqual({ 'app.log': 'one\ntwo\nthree\n' })
  })

  test('should part the runs when one begins while the file is open', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    log.collector.runBegan()
    log.write('two\n')
    log.write('three\n')
    expect(log.files).toEqual({ 'app.1.log': 'one\n', 'app.log': 'two\nthree\n' })
  })

  test('should come with the clock when nothing is logged, and put what comes then into a file of its own', () => {
    const log = new Log(rotating({ frequency: 'daily', utc: true, dateFormat: 'yyyy-MM-dd' }), 'earlier\n')
    log.age(Date.UTC(2026, 2, 4, 23))
    log.collector.tick()
    expect(log.files).toEqual({ 'app.2026-03-04.1.log': 'earlier\n' })
    log.collector.tick()
    log.write('one\n')
    log.collector.tick()
    expect(log.files).toEqual({ 'app.2026-03-04.1.log': 'earlier\n', 'app.log': 'one\n' })
  })

  test('should take no record into an empty file of another day to part with it then', () => {
    const log = new Log(rotating({ frequency: 'hourly' }), '')
    log.age(0)
    log.write('one\n', 'two\n')
    expect(log.files).toEqual({ 'app.log': 'one\ntwo\n' })
  })

  test('should not hold up records when it fails, be reported once, and be made up for', async () => {
    const log = new Log(rotating({ size: 8, dateFormat: TOO_LONG }))
    log.write('one....\n')
    log.write('two....\n', 'three..\n')
    expect(log.files, 'all are in the one file').toEqual({ 'app.log': 'one....\ntwo....\nthree..\n' })
    expect(log.collector.trouble).toBeUndefined()
    expect(log.collector.status().trouble).toContain('ENAMETOOLONG')
    await until(() => {
      log.write('more...\n')
      return (log.files['app.log'] ?? '').length > 30 * 8
    }, 'records to go on')
    expect(log.collector.reports.filter((message) => message.includes("can't be rotated"))).toHaveLength(1)
    expect(log.collector.notices).toEqual([])
    log.collector.adopt(rotating({ size: 8 }), '/')
    await until(() => {
      log.collector.tick()
      return existsSync(join(log.channel.logDirectory, 'app.1.log'))
    }, 'the rotation to be made up for')
    expect(log.collector.status().trouble).toBeNull()
    expect(log.collector.notices).toMatchObject([{ event: 'trouble', task: 'rotate' }])
    expect(log.collector.notices[0]).toHaveProperty('error', expect.stringContaining('ENAMETOOLONG'))
  })

  test('should wait until what was appended is on the disk, written again after a sync that failed', async () => {
    const log = new Log(rotating({ size: 30 }))
    log.collector.policies.push({ level: 30 })
    log.collector.durability.add({ level: 30 })
    const sync = vi.spyOn(LogFile.prototype, 'sync').mockImplementationOnce(() => {
      throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
    })
    const rewrite = vi.spyOn(LogFile.prototype, 'rewrite')
    onTestFinished(() => void vi.restoreAllMocks())
    log.write('{"level":30,"n":1}\n', '{"level":30,"n":2}\n')
    expect(Object.keys(log.files), 'the first portion is not on the disk').toEqual(['app.log'])
    expect(sync, 'a second sync would prove nothing').toHaveBeenCalledTimes(1)
    expect(rewrite).toHaveBeenCalledTimes(1)
    expect(log.collector.notices).toMatchObject([{ event: 'unsynced' }])
    await until(() => {
      log.collector.tick()
      return log.collector.status().trouble === null
    }, 'the rotation to be made up for')
    expect(log.files).toEqual({ 'app.1.log': '{"level":30,"n":1}\n{"level":30,"n":2}\n' })
  })

  test('should be over its trouble when another process has moved the file away', async () => {
    const log = new Log(rotating({ size: 8, dateFormat: TOO_LONG }))
    log.write('one....\n', 'two....\n')
    expect(log.collector.status().trouble).not.toBeNull()
    renameSync(log.path, `${log.path}.old`)
    await until(() => {
      log.collector.tick()
      return log.collector.status().trouble === null
    }, 'the trouble to be over')
    log.write('three..\n')
    expect(log.files).toEqual({ 'app.log.old': 'one....\ntwo....\n', 'app.log': 'three..\n' })
  })

  test('should say why when it is asked for and cannot be', () => {
    const log = new Log(rotating({ dateFormat: TOO_LONG }))
    log.write('one\n')
    expect(() => log.collector.rotate()).toThrow('ENAMETOOLONG')
    log.write('two\n')
    expect(log.files).toEqual({ 'app.log': 'one\ntwo\n' })
    rmSync(log.path)
    mkdirSync(log.path)
    log.write('three\n')
    expect(log.collector.trouble).toBeDefined()
    expect(() => log.collector.rotate()).toThrow("app.log can't be appended to now")
  })

  test('should go on by new options when these come', () => {
    const log = new Log(rotating({ size: 8 }, { mode: 0o640 }))
    log.write('one....\n', 'two....\n')
    log.collector.adopt(rotating({ size: 16 }, { mode: 0o600 }), '/')
    log.write('three..\n', 'four...\n')
    expect(log.files).toEqual({ 'app.1.log': 'one....\n', 'app.2.log': 'two....\nthree..\n', 'app.log': 'four...\n' })
    const modes = ['app.2.log', 'app.log'].map((name) => statSync(join(log.channel.logDirectory, name)).mode & 0o777)
    expect(modes).toEqual([0o640, 0o600])
  })

  test('should compress and delete in the background, and not the file that is written', async () => {
    const log = new Log(rotating({ size: 8, compress: 'gzip', limit: { count: 2 } }))
    log.write(...Array.from({ length: 6 }, (_, index) => `line ${index}.\n`))
    await until(() => !log.collector.isBusy, 'the housekeeping to be done')
    expect(Object.keys(log.files).toSorted()).toEqual(['app.4.log.gz', 'app.5.log.gz', 'app.log'])
    expect(log.files['app.log']).toBe('line 5.\n')
  })

  test('should report files that were deleted because of the limit of the disk', async () => {
    const log = new Log(rotating({ size: 8, limit: { bytes: 20 } }))
    log.write(...Array.from({ length: 4 }, (_, index) => `line ${index}.\n`))
    await until(() => log.collector.notices.length > 0 && !log.collector.isBusy, 'a record about it')
    expect(Object.keys(log.files).toSorted()).toEqual(['app.3.log', 'app.log'])
    const files = log.collector.notices.flatMap((notice) => (notice.event === 'removed' ? notice.files : []))
    expect(files).toEqual(['app.1.log', 'app.2.log'])
    expect(log.collector.notices[0]).toMatchObject({ event: 'removed', reason: 'bytes' })
  })

  test('should lead to the file by a link when that is wanted', () => {
    const log = new Log(rotating({ size: 8 }, { symlink: true }))
    log.write('one....\n', 'two....\n')
    expect(readlinkSync(join(log.channel.logDirectory, 'current.log'))).toBe('app.log')
  })
})

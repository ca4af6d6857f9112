import { DEFAULT_LOG_OPTIONS } from '@pino-funnel/channel'
import {
  decodeEntries,
  LEFT_OUT_BYTES,
  ledgerPath,
  readLedger,
  type LedgerEntry,
  type LedgerFile,
} from '@pino-funnel/ledger'
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LogLedger } from '../ledger/log-ledger.ts'
import { LogFile } from '../log/log-file.ts'
import { descriptorsOf, openMailbox } from '../testing/channel.test-kit.ts'
import { Log } from '../testing/collected-log.test-kit.ts'
import { openCollector } from '../testing/collector.test-kit.ts'
import { withoutBoot } from '../testing/former-boot.test-kit.ts'

function filesOf({ channel }: Log): readonly LedgerFile[] {
  return readLedger(channel.directory, 'app.log')?.files ?? []
}

/** The entries about lengths, without what proves them. */
function lengthsOf({ channel }: Log): LedgerEntry[] {
  const { entries } = decodeEntries(readFileSync(ledgerPath(channel.directory, 'app.log')))
  return entries.flatMap((entry) => {
    if (entry.type !== 'length') return []
    const { proof: _, ...rest } = entry
    return [rest]
  })
}

test('a log file that is set aside should have given its descriptor to the next one', ({ skip }) => {
  const log = new Log(DEFAULT_LOG_OPTIONS)
  skip(descriptorsOf(log.path) === undefined, 'it needs /proc')
  for (let round = 0; round < 3; round += 1) {
    log.write('one\n')
    expect(descriptorsOf(log.path)).toBe(1)
    log.collector.setAside()
    expect(descriptorsOf(log.path)).toBe(0)
  }
})

describe('the ledger of a log file', () => {
  test('should not grow when the file is set aside and opened again, and note that it was closed in the end', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    const ledger = ledgerPath(log.channel.directory, 'app.log')
    const { size } = statSync(ledger)
    for (let round = 0; round < 10; round += 1) {
      log.collector.setAside()
      log.write('two\n')
    }
    log.collector.setAside()

    expect(statSync(ledger).size).toBe(size)
    log.collector.close()
    expect(filesOf(log)).toMatchObject([{ length: 44, isClosed: true }])
  })

  test('should note a file that was set aside as closed when no worker logs to it any more', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    log.collector.setAside()

    log.collector.closeIfIdle(true)
    expect(filesOf(log)).toMatchObject([{ isClosed: false }])
    log.collector.closeIfIdle(false)
    expect(filesOf(log)).toMatchObject([{ length: 4, isClosed: true }])
  })

  test('should note the end of a file and its new name at once', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    log.collector.rotate()

    expect(lengthsOf(log)).toEqual([
      { type: 'length', file: 1, length: 4 },
      { type: 'length', file: 1, length: 4, closed: true, name: 'app.1.log' },
    ])
    log.write('two\n')
    log.collector.close()
    expect(filesOf(log)).toMatchObject([
      { base: 0, length: 4, isClosed: true, name: 'app.1.log' },
      { base: 4, length: 4, isClosed: true, name: undefined },
    ])
  })

  test('should note that a file was closed which could not be renamed', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    const rename = vi.spyOn(LogLedger.prototype, 'renaming').mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    })
    onTestFinished(() => rename.mockRestore())

    expect(() => log.collector.rotate()).toThrow('ENOSPC')

    expect(filesOf(log)).toMatchObject([{ length: 4, isClosed: true, name: undefined }])
    log.write('two\n')
    expect(filesOf(log)).toMatchObject([{ isClosed: false }])
  })

  test('should not note that a file was closed while an append is in doubt', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    const append = vi.spyOn(LogFile.prototype, 'append').mockImplementation(() => {
      throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' })
    })
    onTestFinished(() => append.mockRestore())
    log.write('two\n')

    expect(log.collector.inDoubt).toBeDefined()
    expect(log.collector.isOpen).toBe(false)
    expect(filesOf(log)).toMatchObject([{ isClosed: false }])
  })

  test('should not be changed by a listener that another one has replaced', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n', 'two\n')
    const successor = openCollector(log.channel)
    const { writer, entry } = openMailbox(log.channel)
    writer.append('three\n')
    successor.collect(new Set([entry]))
    log.collector.isOurs = false

    log.collector.close()

    expect(filesOf(log)).toMatchObject([{ isClosed: false }])
    rmSync(log.path)
    writeFileSync(join(log.channel.logDirectory, 'other'), '')
    const next = openCollector(log.channel)
    const worker = openMailbox(log.channel)
    worker.writer.append('four\n')
    next.collect(new Set([worker.entry]))
    expect(filesOf(log).map(({ base }) => base)).toEqual([0, 8 + LEFT_OUT_BYTES])
  })

  test('should begin another file after a reboot that only the journal knows', () => {
    const log = new Log(DEFAULT_LOG_OPTIONS)
    log.write('one\n')
    // Its length is not noted again, so that the file seems to have lost nothing.
    log.write('two\n')
    withoutBoot(ledgerPath(log.channel.directory, 'app.log'))
    truncateSync(log.path, 4)

    const next = openCollector(log.channel, DEFAULT_LOG_OPTIONS, true)
    const { writer, entry } = openMailbox(log.channel)
    writer.append('three\n')
    next.collect(new Set([entry]))

    expect(filesOf(log).map(({ base }) => base)).toEqual([0, 4 + LEFT_OUT_BYTES])
  })
})

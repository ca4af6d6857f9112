import fs, { rmSync, truncateSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { LedgerLog } from '../testing/ledger-log.test-kit.ts'

const LINE = `${'x'.repeat(99)}\n`
const GIB = 1024 ** 3

describe('the positions of a log after a reboot', () => {
  test.each<[string, (log: LedgerLog) => void, number[]]>([
    ['was not closed: its end may have been lost', () => {}, [0, 200 + 4 * GIB]],
    ['lost all that was not noted', (log) => truncateSync(log.path, 100), [0, 100 + 4 * GIB]],
    ['was closed, and ends there', (log) => log.close(200), [0]],
    [
      'was closed, and had grown since it was closed before',
      (log) => {
        log.close(200)
        log.reopen()
        log.append(LINE)
        log.close(300)
      },
      [0],
    ],
    [
      'was closed, opened again, and lost what was appended then',
      (log) => {
        log.close(200)
        log.reopen()
        log.append(LINE)
        truncateSync(log.path, 200)
      },
      [0, 200 + 4 * GIB],
    ],
    [
      'was closed, opened by the next listener, and lost what was appended then',
      (log) => {
        log.close(200)
        log.restart()
        log.open()
        log.append(LINE)
        truncateSync(log.path, 200)
      },
      [0, 200 + 4 * GIB],
    ],
    [
      'was closed, and lost its end',
      (log) => {
        log.close(200)
        truncateSync(log.path, 100)
      },
      [0, 200],
    ],
    ['was rotated', (log) => log.rotate('app.1.log'), [0, 200]],
    [
      'was rotated, and deleted',
      (log) => {
        log.rotate('app.1.log')
        rmSync(join(log.path, '../app.1.log'))
      },
      [0, 200],
    ],
  ])('should go on after a reboot when the file %s', (_, act, bases) => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.append(LINE)
    act(log)
    log.reboot()
    expect(log.isAfterReboot).toBe(true)
    log.open()

    expect(log.isAfterReboot).toBe(false)
    expect(log.bases).toEqual(bases)
  })

  test('should not be given twice when a file of a former boot is rotated before it was opened', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.append(LINE)
    log.reboot()
    log.rotate('app.1.log')
    log.open()

    expect(log.bases).toEqual([0, 200 + 4 * GIB, 400 + 4 * GIB])
  })

  test('should not be given twice when only the journal knows the former boot, and the file has lost its end', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.append(LINE)
    log.forgetBoot()
    truncateSync(log.path, 100)
    log.open(true)

    expect(log.bases).toEqual([0, 100 + 4 * GIB])
  })

  test('should be counted from a length that was not lost with the machine, after each GiB', () => {
    const log = new LedgerLog()
    const sync = vi.spyOn(fs, 'fdatasyncSync')
    syncBuiltinESMExports()
    onTestFinished(() => {
      sync.mockRestore()
      syncBuiltinESMExports()
    })
    log.open()
    log.append(LINE)
    const before = sync.mock.calls.length
    log.grow(GIB + 100)

    expect(log.files).toMatchObject([{ length: GIB + 100 }])
    expect(sync).toHaveBeenCalledTimes(before + 1)
  })

  test('should go on in a file that was opened in this boot, whatever the journal knows', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.restart()
    log.open(true)

    expect(log.bases).toEqual([0])
  })
})

import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { decodeEntries, encodeEntry, readLedger, writeHold } from '@pino-funnel/ledger'
import { describe, expect, test } from 'vitest'
import { LedgerLog } from '../testing/ledger-log.test-kit.ts'

const LINE = `${'x'.repeat(99)}\n`
const GIB = 1024 ** 3

describe('the positions of a log', () => {
  test('should go on in the next file where the last one ended', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.append(LINE)
    log.rotate('app.1.log')
    log.open()
    log.append(LINE)
    log.rotate('app.2.log')
    log.open()

    expect(log.bases).toEqual([0, 200, 300])
    expect(log.files.map(({ name }) => name)).toEqual(['app.1.log', 'app.2.log', undefined])
    expect(log.id).toMatch(/^[0-9a-f]{32}$/)
  })

  test('should not begin again with the numbers in names', () => {
    const log = new LedgerLog()
    for (let round = 0; round < 3; round += 1) {
      log.open()
      log.append(LINE)
      log.rotate('app.1.log')
      rmSync(join(log.path, '../app.1.log'))
      log.restart()
    }
    log.open()

    expect(log.bases).toEqual([0, 100, 200, 300])
  })

  test.each([
    ['the base was noted', () => {}, [0]],
    ['lines were appended', (log: LedgerLog) => log.append(LINE), [0]],
    [
      'the length was noted, before the rename',
      (log: LedgerLog) => {
        log.append(LINE)
        log.rotate('app.1.log')
        renameSync(join(log.path, '../app.1.log'), log.path)
      },
      [0],
    ],
    [
      'the file was renamed',
      (log: LedgerLog) => {
        log.append(LINE)
        log.rotate('app.1.log')
      },
      [0, 100],
    ],
  ])('should be the same when the listener is killed after %s', (_, act, bases) => {
    const log = new LedgerLog()
    log.open()
    act(log)
    log.restart()
    log.open()
    log.append(LINE)

    expect(log.bases).toEqual(bases)
  })

  test('should go on after a file that went on growing when its rotation was interrupted', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.rotate('app.1.log')
    renameSync(join(log.path, '../app.1.log'), log.path)
    log.restart()
    log.open()
    log.append(LINE)
    log.rotate('app.1.log')
    log.open()

    expect(log.bases).toEqual([0, 200])
  })

  test('should leave room for what another program may have deleted unseen', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.restart()
    rmSync(log.path)
    writeFileSync(join(log.path, '../other'), '')
    log.open()

    expect(log.bases).toEqual([0, 100 + 4 * GIB])
  })

  test('should go on after a file that another program has renamed while no listener lived', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    appendFileSync(log.path, LINE)
    log.restart()
    renameSync(log.path, `${log.path}.1`)
    log.open()

    expect(log.bases).toEqual([0, 200])
  })

  test('should go on after the lines that were cut off by copytruncate', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.append(LINE)
    copyFileSync(log.path, `${log.path}.1`)
    truncateSync(log.path)
    log.cut(200)
    log.append(LINE)

    expect(log.bases).toEqual([0, 200])
  })

  test('should not be given again when an inode is, and the file system keeps no birth times', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    const { identity } = log.live
    log.restart()
    writeFileSync(log.path, 'another file\n'.repeat(20))
    expect(log.live.identity).toBe(identity)
    log.open()

    expect(log.bases).toEqual([0, 100 + 4 * GIB])
  })

  test('should have a place for each line, when a torn entry is followed by another one', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.rotate('app.1.log')
    const path = join(log.path, '../.pino-funnel/ledger/app.log')
    truncateSync(path, statSync(path).size - 10)
    log.restart()
    log.open()

    expect(log.bases).toEqual([0, 100])
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true)
  })

  test('should not be taken from a file that could not be begun', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.rotate('app.1.log')
    log.close(0)
    log.open()

    expect(log.files[0]).toMatchObject({ length: 100, name: 'app.1.log' })
    expect(log.bases).toEqual([0, 100])
  })

  test('should go on after the lines that were cut off by copytruncate right before the listener closed the file', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.append(LINE)
    truncateSync(log.path)
    log.close(0)
    log.restart()
    log.open()

    expect(log.bases).toEqual([0, 200])
  })

  test('should not be those of another file that has taken the name while this one was open', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.append(LINE)
    const other = join(log.path, '../other')
    writeFileSync(other, 'another log\n'.repeat(100))
    renameSync(log.path, join(log.path, '../moved'))
    renameSync(other, log.path)
    log.close(200)
    log.open()

    expect(log.bases).toEqual([0, 200])
  })

  test('should go on when the file that was to be renamed could not be, and grows', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.rotate('app.1.log')
    renameSync(join(log.path, '../app.1.log'), log.path)
    log.open()
    log.append(LINE)
    log.restart()
    renameSync(log.path, `${log.path}.1`)
    log.open()

    expect(log.bases).toEqual([0, 200])
  })

  test('should not be given twice when another program cuts a file before it is rotated, and the listener is killed', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.append(LINE)
    truncateSync(log.path, 100)
    log.rotate('app.1.log')
    log.restart()
    log.open()

    expect(log.bases).toEqual([0, 200, 300])
  })

  test('should leave room for what another program has appended to a closed file and deleted with it', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    log.close(100)
    appendFileSync(log.path, LINE)
    log.restart()
    rmSync(log.path)
    writeFileSync(join(log.path, '../other'), '')
    log.open()

    expect(log.bases).toEqual([0, 100 + 4 * GIB])
  })

  test('should not wait for a pipe that lies in the place of the ledger', () => {
    const log = new LedgerLog()
    const path = join(log.path, '../.pino-funnel/ledger')
    mkdirSync(path)
    spawnSync('mkfifo', [join(path, 'app.log')])

    expect(() => log.open()).toThrow('is not a regular file')
  })

  test('should be kept when the ledger is shortened', () => {
    const log = new LedgerLog()
    for (let number = 1; number <= 700; number += 1) {
      log.open()
      log.append(LINE)
      log.rotate(`app.${number}.log`)
      const rotated = join(log.path, `../app.${number}.log`)
      if (number === 5) renameSync(rotated, `${rotated}.gz`)
      else rmSync(rotated)
    }
    log.open()

    expect(log.files.length).toBeLessThan(500)
    expect(log.files[0]).toMatchObject({ file: 5, base: 400, name: 'app.5.log' })
    expect(log.bases.at(-1)).toBe(70_000)
  })

  test('should count for a reader that holds the log under an id of many forks ago, when the ledger is shortened', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    const channel = join(log.path, '../.pino-funnel')
    const logId = log.id ?? ''
    writeHold(channel, 'app.log', { name: 'archive', logId, position: 100, budget: 1, at: 0 })
    const [first] = decodeEntries(readFileSync(log.ledger)).entries
    if (first?.type !== 'log') throw new Error('the ledger does not begin with an entry of the log')
    const forks = Array.from({ length: 1000 }, (_, fork) => ({ ...first, id: String(fork).padStart(32, '0'), at: 100 }))
    appendFileSync(log.ledger, Buffer.concat(forks.map(encodeEntry)))
    log.restart()
    log.open()
    log.close(100)

    expect(statSync(log.ledger).size).toBeLessThan(64 * 1024)
    const ledger = readLedger(channel, 'app.log')
    expect([ledger?.id, ledger?.has(logId, 100), ledger?.has(logId, 101)]).toEqual([forks.at(-1)?.id, true, false])
  })

  test('should not make the ledger grow for ever when a file is never rotated', () => {
    const log = new LedgerLog()
    log.open()
    log.append(LINE)
    for (let round = 0; round < 700; round += 1) {
      log.close(100)
      log.reopen()
    }
    log.close(100)

    expect(statSync(log.ledger).size).toBeLessThan(132 * 1024)
    expect(log.files).toMatchObject([{ base: 0, length: 100, isClosed: true }])
  })
})

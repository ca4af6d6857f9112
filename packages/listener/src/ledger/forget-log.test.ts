import { holdDirectory, readHolds, removeHold, writeHold } from '@pino-funnel/ledger'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { LedgerLog } from '../testing/ledger-log.test-kit.ts'
import { forgetLog, isHeld } from './forget-log.ts'

test('a log that is gone with all of its files should leave neither ledger nor holds, and be another one when it comes again', () => {
  const log = new LedgerLog()
  log.open()
  log.append('one\n')
  const { id, path, ledger } = log
  const directory = join(dirname(path), '.pino-funnel')
  writeHold(directory, 'app.log', { name: 'archive', logId: id ?? '', position: 4, budget: 1, at: 0 })
  expect(isHeld({ directory }, 'app.log')).toBe(true)
  removeHold(directory, 'app.log', 'archive')
  expect(['app.log', 'other.log'].map((name) => isHeld({ directory }, name))).toEqual([false, false])
  rmSync(path)

  expect(forgetLog({ directory }, 'app.log')).toBe(true)
  expect(forgetLog({ directory }, 'app.log')).toBe(true)

  expect([existsSync(ledger), existsSync(holdDirectory(directory, 'app.log'))]).toEqual([false, false])
  log.restart()
  log.open()
  expect(log.id).not.toBe(id)
  expect(log.bases).toEqual([0])
})

test('a log should keep its ledger when a reader begins to hold it just before that would be removed', () => {
  const log = new LedgerLog()
  log.open()
  const directory = join(dirname(log.path), '.pino-funnel')
  const hold = { name: 'archive', logId: log.id ?? '', position: 0, budget: 1, at: 0 }
  writeHold(directory, 'app.log', hold)

  expect(forgetLog({ directory }, 'app.log')).toBe(false)

  expect([existsSync(log.ledger), readHolds(directory, 'app.log')]).toEqual([true, [hold]])
})

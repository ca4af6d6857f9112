import { type RotationOptions } from '@pino-funnel/channel'
import { LEFT_OUT_BYTES } from '@pino-funnel/ledger'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { patience } from '../testing/channel.test-kit.ts'
import { HoldNotices, lossNotices } from './hold-notices.ts'
import { LogHolds } from '../ledger/log-holds.ts'
import { ALL_FOUR, Keeper, ledgerFile } from '../testing/keeper.test-kit.ts'

describe('housekeeping with readers that hold files', patience, () => {
  const roomy = 1000
  const tight = 250

  test.each<[string, RotationOptions['limit'], Parameters<Keeper['hold']>[1], string[]]>([
    ['count, within the budget', { count: 0 }, { ship: { read: 2, budget: roomy } }, ['app.3.log', 'app.4.log']],
    ['count, beyond the budget', { count: 0 }, { ship: { read: 0, budget: 0 } }, ALL_FOUR],
    ['age, beyond the budget', { age: 1 }, { ship: { read: 1, budget: 0 } }, ALL_FOUR.slice(1)],
    ['size, within the budget', { bytes: 1 }, { ship: { read: 0, budget: roomy } }, ALL_FOUR],
    ['size, down to the budget', { bytes: 1 }, { ship: { read: 0, budget: tight } }, ALL_FOUR.slice(2)],
    ['free, down to the budget', { free: 1e15 }, { ship: { read: 0, budget: tight } }, ALL_FOUR.slice(2)],
    [
      'size, when another reader is within its budget',
      { bytes: 1 },
      { ship: { read: 0, budget: 0 }, audit: { read: 1, budget: roomy } },
      ALL_FOUR.slice(1),
    ],
  ])('should keep what is held from limit.%s', async (_, limit, readers, kept) => {
    const keeper = new Keeper({ limit })
    keeper.putRotated(4)
    keeper.hold(4, readers)
    await keeper.keep()

    expect(keeper.files).toEqual(kept)
  })

  test('should not hold up compression when they can not be read, and nothing be deleted then', async () => {
    const keeper = new Keeper({ limit: { count: 1 }, compress: 'gzip' })
    keeper.putRotated(2)
    keeper.held = new Error('EIO: i/o error, read')
    await keeper.keep()

    expect(keeper.files).toEqual(['app.1.log.gz', 'app.2.log.gz'])
    expect(keeper.troubles.at(-1)).toContain('EIO')
  })

  test('should say what was deleted before it was read, and by whom', async () => {
    const keeper = new Keeper({ limit: { bytes: 1 } })
    keeper.putRotated(4)
    keeper.hold(4, { ship: { read: 1, budget: tight }, audit: { read: 4, budget: 0 } })
    await keeper.keep()

    expect(keeper.files).toEqual(['app.3.log', 'app.4.log'])
    expect(keeper.losses).toEqual([{ hold: 'ship', from: 100, to: 200, bytes: 100 }])
    expect(keeper.lags[0]).toEqual([
      { hold: 'ship', unread: 300, budget: tight },
      { hold: 'audit', unread: 0, budget: 0 },
    ])
  })

  test('should not count what was gone before the reader came', async () => {
    const keeper = new Keeper({ limit: { bytes: 1 } })
    keeper.putRotated(4)
    rmSync(join(keeper.directory, 'app.1.log'))
    keeper.hold(4, { ship: { read: 0, budget: 300 } })
    await keeper.keep()

    expect(keeper.files).toEqual(ALL_FOUR.slice(1))
    expect(keeper.lags[0]).toEqual([{ hold: 'ship', unread: 300, budget: 300 }])
  })
})

describe('lossNotices', () => {
  test('should count no position that was left out', () => {
    const base = 200 + LEFT_OUT_BYTES
    const [first, second] = [ledgerFile(1, 0, 200), ledgerFile(2, base, 300)]
    const stored = { name: 'ship', logId: '', position: 150, budget: 100, at: 0 }
    const holds = new LogHolds([stored], [first, second], base + 300)
    const file = { name: '', original: '', number: 1, compression: undefined, bytes: 0, modified: 0 }
    const removals = ['app.1.log', 'app.2.log'].map((name) => {
      return { file, reason: 'bytes' as const, losses: holds.take(name) }
    })

    expect(lossNotices(removals)).toEqual([{ event: 'hold-lost', hold: 'ship', from: 150, to: base + 300, bytes: 350 }])
  })
})

describe('HoldNotices', () => {
  test('should report a reader once while it is behind, and again when it had caught up', () => {
    const notices = new HoldNotices()
    const reported = [10, 60, 90, 40, 70, 20, 51].map((unread) => {
      return notices.after([{ hold: 'ship', unread, budget: 100 }]).length
    })

    expect(reported).toEqual([0, 1, 0, 0, 0, 0, 1])
  })
})

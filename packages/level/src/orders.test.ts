import { bootId, openChannel, ensureChannel, type Channel } from '@pino-funnel/channel'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isFor, parseOrder } from './level-order.ts'
import { endOrders, giveOrder, ordersInForce } from './orders.ts'

function newChannel(): Channel {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-level-')))
  onTestFinished(() => rmSync(logs, { recursive: true }))
  ensureChannel(join(logs, '.pino-funnel'), logs).close()
  return openChannel(join(logs, '.pino-funnel'))
}

const DEBUG = { level: 'debug', worker: null, file: null, span: 60_000 }

/** An order that a worker could not repeat in a control message, where times are whole numbers. */
function untilAt(until: number): string {
  return JSON.stringify({ ...DEBUG, number: 1, at: 0, until, boot: '', by: 'shop' })
}

describe('the orders of a channel', () => {
  test('should be all in force, the youngest last, when two are given at once', () => {
    const channel = newChannel()
    expect(ordersInForce(channel)).toEqual([])
    const given = [giveOrder(channel, DEBUG), giveOrder(channel, { ...DEBUG, level: 'trace', worker: 'cluster:3' })]

    const inForce = ordersInForce(channel)

    expect(new Set(inForce.map(({ id }) => id))).toEqual(new Set(given.map(({ id }) => id)))
    expect(inForce.map(({ number }) => number)).toEqual([1, 2])
    expect(given[0]).toMatchObject({ level: 'debug', worker: null, file: null, until: given[0]!.at + 60_000 })
    expect(statSync(join(channel.levels, given[0]!.id)).mode & 0o777).toBe(0o600)
  })

  test('should be in the order in which they were given, also when the clock was set back', () => {
    const channel = newChannel()
    const first = { ...DEBUG, number: 1, at: Date.now() + 3_600_000, until: Date.now() + 3_660_000 }
    mkdirSync(channel.levels, { mode: 0o700 })
    const text = JSON.stringify({ ...first, boot: bootId(), by: 'shop' })
    writeFileSync(join(channel.levels, 'f'.repeat(32)), text)

    const second = giveOrder(channel, { ...DEBUG, level: 'trace' })

    expect(ordersInForce(channel).at(-1)).toEqual(second)
  })

  test('should leave out what is not the file of an order: a link, a pipe that nothing writes, a file without end', () => {
    const channel = newChannel()
    const order = giveOrder(channel, DEBUG)
    const file = join(channel.levels, order.id)
    symlinkSync(file, join(channel.levels, 'a'.repeat(32)))
    execFileSync('mkfifo', [join(channel.root, 'levels', 'b'.repeat(32))])
    writeFileSync(
      join(channel.levels, 'c'.repeat(32)),
      `${readFileSync(file, 'utf8').slice(0, -1)}${' '.repeat(9000)}}`,
    )
    expect(ordersInForce(channel)).toEqual([order])
  })

  test('should end when they are ended, and leave the others', () => {
    const channel = newChannel()
    const kept = giveOrder(channel, DEBUG)
    giveOrder(channel, { ...DEBUG, worker: '9145' })

    expect(endOrders(channel, ({ worker }) => worker === '9145')).toHaveLength(1)
    expect(ordersInForce(channel)).toEqual([kept])
  })

  test.each([
    ['its time is over', { at: Date.now() - 20, until: Date.now() - 10 }],
    ['the machine was started again', { boot: 'another' }],
  ])('should be over, and go with the next order, when %s', (_why, changes) => {
    const channel = newChannel()
    mkdirSync(channel.levels, { mode: 0o700 })
    const order = {
      ...DEBUG,
      number: 1,
      at: Date.now(),
      until: Date.now() + 60_000,
      boot: bootId(),
      by: 'shop',
      ...changes,
    }
    writeFileSync(join(channel.levels, '0'.repeat(32)), JSON.stringify(order))

    expect(ordersInForce(channel)).toEqual([])
    const { id } = giveOrder(channel, DEBUG)
    expect(readdirSync(channel.levels)).toEqual([id])
  })

  test('should be a hundred at most', () => {
    const channel = newChannel()
    for (let count = 0; count < 100; count += 1) giveOrder(channel, DEBUG)
    expect(() => giveOrder(channel, DEBUG)).toThrow(/100 orders of levels in force, which is the limit.*--back/)
  })

  test.each([
    '',
    '{',
    '[]',
    '{"level":7}',
    '{"level":"debug","worker":3}',
    '{"level":"de bug"}',
    untilAt(-1),
    untilAt(1.5),
  ])('should not have what is not an order: %s', (text) => {
    expect(parseOrder('0', text)).toBeUndefined()
  })
})

test.each([
  [null, true],
  ['9145', true],
  ['9145-2', true],
  ['9145-1', false],
  ['914', false],
  ['cluster:3', true],
  ['cluster:33', false],
  ['pool:3', false],
])('an order for %s should be for thread 2 of 9145, cluster 3: %s', (worker, expected) => {
  expect(isFor({ worker }, { pid: 9145, threadId: 2, pool: 'cluster', slot: 3 })).toBe(expected)
})

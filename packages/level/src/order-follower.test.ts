import { bootId } from '@pino-funnel/channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OrderFollower } from './order-follower.ts'
import type { Followed } from './ordered-levels.ts'

test('an order should end when the worker expected it to, although a clock that was set says that it is over', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-level-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const order = { level: 'debug', worker: null, file: null, number: 1, boot: bootId(), by: 'shop' }
  const write = (at: number): void =>
    writeFileSync(join(directory, '0'.repeat(32)), JSON.stringify({ ...order, at, until: at + 600_000 }))
  const logger = { level: 'info', levels: { values: { debug: 20, info: 30 } } }
  const followed: Followed = {
    loggers: () => [logger],
    files: () => [],
    obstacleTo: () => undefined,
    write: () => {},
    onChange: undefined,
  }
  const follower = new OrderFollower({ worker: 7, thread: 0, program: 'app.js' }, () => [followed])

  write(Date.now())
  follower.obey(directory)
  expect(logger.level).toBe('debug')
  // To set the clock an hour ahead is to have the order an hour earlier.
  write(Date.now() - 3_600_000)
  follower.obey(directory)
  expect(logger.level).toBe('debug')

  rmSync(join(directory, '0'.repeat(32)))
  follower.obey(directory)
  expect(logger.level).toBe('info')
})

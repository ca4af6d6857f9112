import { bootId, MAX_ERROR_CHARACTERS } from '@pino-funnel/channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OrderFollower } from './order-follower.ts'
import type { Followed, FollowedLogger } from './ordered-levels.ts'

interface Scene {
  readonly follower: OrderFollower
  readonly logger: FollowedLogger
  readonly directory: string
  /** Writes an order for `debug`, which is given at a time, ms since the epoch. */
  write(this: void, at: number): void
}

/** One logger, which follows. */
function scene(logger: FollowedLogger): Scene {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-level-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const order = { level: 'debug', worker: null, file: null, number: 1, boot: bootId(), by: 'shop' }
  const write = (at: number): void =>
    writeFileSync(join(directory, '0'.repeat(32)), JSON.stringify({ ...order, at, until: at + 600_000 }))
  const followed: Followed = {
    loggers: () => [logger],
    files: () => [],
    obstacleTo: () => undefined,
    write: () => {},
    onChange: undefined,
  }
  return {
    follower: new OrderFollower({ worker: 7, thread: 0, program: 'app.js' }, () => [followed]),
    logger,
    directory,
    write,
  }
}

test('an order should end when the worker expected it to, although a clock that was set says that it is over', () => {
  const { follower, logger, directory, write } = scene({ level: 'info', levels: { values: { debug: 20, info: 30 } } })

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

test('an answer should fit into a control message when the logger has hundreds of levels, and not that of the order', () => {
  const names = Array.from({ length: 200 }, (_, number) => `${'x'.repeat(36)}${number}`)
  const { follower, directory, write } = scene({
    level: 'info',
    levels: { values: Object.fromEntries(names.map((name, value) => [name, value])) },
  })
  write(Date.now())
  const { error } = follower.obey(directory)
  expect(error).toMatch(/^it has no level 'debug'; it has x/)
  expect(error).toHaveLength(MAX_ERROR_CHARACTERS)
})

test('an answer should be text when a listener of level-change throws what has none', () => {
  const logger = {
    levels: { values: { debug: 20 } },
    get level() {
      return 'info'
    },
    set level(_) {
      throw Object.create(null)
    },
  }
  const { follower, directory, write } = scene(logger)
  write(Date.now())
  expect(follower.obey(directory).error).toBe('something that is not text')
})

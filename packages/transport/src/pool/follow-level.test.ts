import pino from 'pino'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ensureChannel, FunnelError } from '@pino-funnel/channel'
import { endOrders, giveOrder } from '@pino-funnel/level'
import { Destination } from '../destination/destination.ts'
import { obeyLevels } from '../producer/level-followers.ts'
import { followLevel } from './follow-level.ts'

/** A destination as far as a logger that follows needs it: it starts no listener. */
function newDestination(): { destination: Destination; order: (level: string) => void; back: () => void } {
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-follow-')))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  const outlet = {
    channelRoot: channel.root,
    file: join(logs, 'app.log'),
    obeyLevels: () => void obeyLevels(channel),
  }
  const state = { outlets: [outlet], isClosed: false, write: () => {} }
  const destination = Object.assign(Object.create(Destination.prototype) as Destination, { state })
  return {
    destination,
    order: (level) => {
      giveOrder(channel, { level, worker: String(process.pid), file: 'app.log', span: 600_000 })
      obeyLevels(channel)
    },
    back: () => {
      endOrders(channel, () => true)
      obeyLevels(channel)
    },
  }
}

describe('a logger that follows', () => {
  test('should have the ordered level, with all of its children, and its own again', () => {
    const { destination, order, back } = newDestination()
    const log = pino(destination)
    const old = log.child({ old: true })
    followLevel(log)
    const [plain, quiet, later] = [log.child({}), log.child({}, { level: 'error' }), log.child({})]
    later.level = 'warn'
    const levels = (): string[] => [log, old, plain, quiet, later, log.child({}), plain.child({})].map((l) => l.level)

    order('debug')
    expect(levels()).toEqual(Array.from({ length: 7 }, () => 'debug'))
    expect([log, quiet].map((each) => each.isLevelEnabled('debug'))).toEqual([true, true])
    back()
    expect(levels()).toEqual(['info', 'info', 'info', 'error', 'warn', 'info', 'info'])
  })

  test('should begin with the level that is in force', () => {
    const { destination, order } = newDestination()
    followLevel(pino({ level: 'error' }, destination))
    order('trace')

    expect(followLevel(pino(destination)).level).toBe('trace')
  })

  test('should follow as one of several streams, and with a level of its own', () => {
    const { destination, order } = newDestination()
    const streams = pino.multistream([{ stream: process.stderr, level: 'fatal' }, { stream: destination }])
    const log = followLevel(pino({ customLevels: { loud: 35 } }, streams))
    order('loud')
    expect(log.level).toBe('loud')
  })

  test.each([
    ['it logs elsewhere', pino({ level: 'silent' }, process.stderr), /a logger that logs elsewhere/],
    ['it is not a logger', { level: 'info', levels: { values: {} } }, /something that is not a logger/],
  ])('should be refused when %s', (_why, logger, message) => {
    expect(() => followLevel(logger)).toThrow(message)
    expect(() => followLevel(logger)).toThrow(FunnelError)
  })
})

import pino from 'pino'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ensureChannel, FunnelError } from '@pino-funnel/channel'
import { endOrders, giveOrder } from '@pino-funnel/level'
import { Destination } from '../destination/destination.ts'
import { obeyLevels } from '../producer/followers.ts'
import { followLevel } from './follow-level.ts'

/** A destination as far as a logger that follows needs it: it starts no listener. */
function newDestination(): {
  destination: Destination
  lines: string[]
  order: (level: string) => void
  back: () => void
  /** Why the last order is not obeyed. */
  answer: () => string | null
} {
  const lines: string[] = []
  const logs = realpathSync(mkdtempSync(join(tmpdir(), 'pino-funnel-follow-')))
  const channel = ensureChannel(join(logs, '.pino-funnel'), logs)
  onTestFinished(() => {
    channel.close()
    rmSync(logs, { recursive: true })
  })
  let answered: string | null = null
  const outlet = {
    channelRoot: channel.root,
    file: join(logs, 'app.log'),
    obeyLevels: () => void obeyLevels(channel),
  }
  const state = { outlets: [outlet], isClosed: false, write: (line: string) => void lines.push(line) }
  const destination = Object.assign(Object.create(Destination.prototype) as Destination, { state })
  return {
    destination,
    lines,
    order: (level) => {
      giveOrder(channel, { level, worker: String(process.pid), file: 'app.log', span: 600_000 })
      answered = obeyLevels(channel).error
    },
    answer: () => answered,
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

  test.each([
    ['the logger is given twice', (log: pino.Logger) => [log, log]],
    ['its child is given, too', (log: pino.Logger) => [log, log.child({}), log.child({}, { level: 'error' })]],
    ['its child is given before it', (log: pino.Logger) => [log.child({}, { level: 'error' }), log.child({}), log]],
    [
      'its child is given before it, and it has a listener',
      (log: pino.Logger) => [log.on('level-change', () => {}).child({}), log],
    ],
  ])('should have its own level again when %s', (_why, given) => {
    const { destination, lines, order, back } = newDestination()
    const log = pino({ level: 'warn' }, destination)
    const loggers = given(log)
    const own = loggers.map((each) => each.level)
    for (const each of loggers) followLevel(each)

    order('debug')
    order('trace')
    expect(loggers.map((each) => each.level)).toEqual(loggers.map(() => 'trace'))
    back()

    expect([log.level, ...loggers.map((each) => each.level)]).toEqual(['warn', ...own])
    const last = lines.filter((line) => line.includes('"event":"level"')).at(-1)
    expect(last).toContain('logs from level warn on again')
  })

  test('should take a child that was made before, when it is given as well, also while an order is in force', () => {
    const { destination, order, back } = newDestination()
    const log = pino(destination)
    const [early, late] = [log.child({}, { level: 'debug' }), log.child({}, { level: 'error' })]
    followLevel(log)
    followLevel(late)
    order('debug')
    followLevel(early)
    expect([early.level, late.level]).toEqual(['debug', 'debug'])
    order('trace')
    expect([early.level, late.level]).toEqual(['trace', 'trace'])
    back()
    expect([early.level, late.level]).toEqual(['debug', 'error'])
  })

  test('should keep a level that is set while an order is in force, also when it is the one of the order', () => {
    const { destination, order, back } = newDestination()
    const log = followLevel(pino(destination))
    const [quiet, plain] = [log.child({}, { level: 'warn' }), log.child({})]
    order('debug')
    const ofOwnKinds = log.child({}, { customLevels: { loud: 35 } })
    quiet.level = 'debug'
    plain.level = 'debug'
    back()
    expect([log, quiet, plain, ofOwnKinds].map(({ level }) => level)).toEqual(['info', 'debug', 'debug', 'info'])
  })

  test('should not take the level that pino before 10 gives each child for one that the application has set', () => {
    const { destination, order, back } = newDestination()
    const log = followLevel(Object.defineProperty(pino(destination), 'version', { value: '9.14.0' }))
    order('debug')
    const child = log.child({})
    // What child() of pino 9 does.
    child.level = log.level
    back()
    expect(child.level).toBe('info')
  })

  test('should have its own level again, with its children, when a listener of level-change throws', () => {
    const { destination, lines, order, back } = newDestination()
    const log = followLevel(pino(destination))
    const child = log.child({}, { level: 'warn' })
    log.on('level-change', () => {
      throw new Error('mine')
    })
    order('debug')
    expect([log.level, child.level]).toEqual(['debug', 'debug'])
    back()
    expect([log.level, child.level]).toEqual(['info', 'warn'])
    expect(lines.filter((line) => line.includes('"event":"level"'))).toHaveLength(2)
  })

  test('should go on logging when the ordered level is only a name that every object has', () => {
    const { destination, lines, order } = newDestination()
    const log = followLevel(pino(destination))
    order('constructor')
    log.error('there')
    expect(lines.at(-1)).toContain('there')
  })

  test('should begin with the level that is in force', () => {
    const { destination, order } = newDestination()
    followLevel(pino({ level: 'error' }, destination))
    order('trace')

    expect(followLevel(pino(destination)).level).toBe('trace')
  })

  test('should follow as one of several streams, and with a level of its own', () => {
    const { destination, lines, order } = newDestination()
    const streams = pino.multistream([
      { stream: process.stderr, level: 'fatal' },
      { stream: destination, level: 'trace' },
    ])
    const log = followLevel(pino({ customLevels: { loud: 35 } }, streams))
    order('loud')
    expect(log.level).toBe('loud')
    order('debug')
    log.debug('there')
    expect(lines.at(-1)).toContain('"level":20')
  })

  test('should keep its level, and answer why, when its stream does not take records of the ordered one', () => {
    const { destination, order, answer } = newDestination()
    const log = followLevel(pino({}, pino.multistream([{ stream: destination }])))
    order('debug')
    expect(log.level).toBe('info')
    expect(answer()).toMatch(/takes records of level 30 and above only; give it the level 'trace'$/)
    order('warn')
    expect([log.level, answer()]).toEqual(['warn', null])
  })

  test.each([
    ['it logs elsewhere', pino({ level: 'silent' }, process.stderr), /a logger that logs elsewhere/],
    ['it is not a logger', { level: 'info', levels: { values: {} } }, /something that is not a logger/],
  ])('should be refused when %s', (_why, logger, message) => {
    expect(() => followLevel(logger)).toThrow(message)
    expect(() => followLevel(logger)).toThrow(FunnelError)
  })
})

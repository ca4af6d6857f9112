import { describe, expect, test } from 'vitest'
import { ConflictError, RefusedError } from '../engine/engine.ts'
import type { Decision } from '../state/decision.ts'
import { FakeEngine, FakeLog, ship, troublesOf } from './fakes.test-kit.ts'
import type { Transform } from './outgoing.ts'

/** Lines of the same length. */
function lines(count: number, text = 'record'): string[] {
  return Array.from({ length: count }, (_, n) => `${text} ${String(n).padStart(4, '0')}`)
}

function logOf(...written: readonly string[]): FakeLog {
  const log = new FakeLog()
  log.write(...written)
  return log
}

function decided(decision: Decision): { read(): Decision | undefined; done(): void } {
  let left: Decision | undefined = decision
  return { read: () => left, done: () => (left = undefined) }
}

describe('conflicts', () => {
  test('should be reported as trouble when each store meets one', async () => {
    const engine = new FakeEngine()
    engine.store = async () => {
      throw new ConflictError('The last entry of logs:web-1 is not 5-0')
    }
    const trial = await ship(logOf(...lines(3)), engine)
    expect(troublesOf(trial)).toEqual([expect.stringMatching(/is not 5-0, 5 times in a row/)])
    expect(trial.shipper.status().state).toBe('in trouble')
  })

  test('should report once that the engine has lost something, however many of them follow', async () => {
    const log = logOf(...lines(10))
    const engine = new FakeEngine()
    const { progress } = await ship(log, engine, { batching: { size: 30, wait: 0 } })
    engine.stored.pop()
    engine.store = async () => {
      throw new ConflictError('Something else is stored')
    }
    const { events } = await ship(log, engine, { progress })
    expect(events.filter(({ type }) => type === 'rewound')).toHaveLength(1)
  })
})

test('should say a warning once when the engine is opened again and again', async () => {
  const engine = new FakeEngine()
  const store = engine.store
  let failures = 3
  engine.store = async (batch, after) => {
    failures -= 1
    if (failures >= 0) throw new Error('The connection has ended')
    return store(batch, after)
  }
  const { events } = await ship(logOf('a'), engine)
  expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1)
})

describe('a transform', () => {
  test('should be trouble, and give up no record, when it is asynchronous', async () => {
    const transform = (async (line: string) => line) as unknown as Transform
    const trial = await ship(logOf(...lines(50)), new FakeEngine(), { outgoing: { tooLong: 'cut', transform } })
    expect(troublesOf(trial)).toEqual(['FUNNEL_SHIP_UNUSABLE'])
    expect(trial.shipper.status()).toMatchObject({ refused: 0, position: undefined })
  })

  test('should be trouble, and give up a few records at most, when it fails for every record', async () => {
    const transform = (): never => {
      throw new TypeError('level of undefined')
    }
    const log = logOf(...lines(50))
    const outgoing = { tooLong: 'cut', transform } as const
    const first = await ship(log, new FakeEngine(), { outgoing })
    expect(troublesOf(first)).toEqual(['FUNNEL_SHIP_REFUSED'])
    expect(first.shipper.status().refused).toBe(10)
    // The next shipper gives up nothing.
    const second = await ship(log, new FakeEngine(), { outgoing, progress: first.progress })
    expect(second.shipper.status().refused).toBe(10)
  })

  test('should cost the records for which it fails, and no other, when they are few', async () => {
    const engine = new FakeEngine()
    const transform = (line: string): string => {
      if (line.endsWith('7')) throw new Error('It can not be redacted')
      return line
    }
    const trial = await ship(logOf(...lines(200)), engine, { outgoing: { tooLong: 'cut', transform } })
    expect(troublesOf(trial)).toEqual([])
    expect(trial.shipper.status()).toMatchObject({ refused: 20, records: 180 })
  })
})

test('should go on with all others when the engine refuses many records, never ten in a row', async () => {
  const engine = new FakeEngine()
  const store = engine.store
  engine.store = async (batch, after) => {
    if (batch.bytes.includes('bad')) throw new RefusedError('It is bad')
    return store(batch, after)
  }
  const log = logOf(...Array.from({ length: 10 }, () => [...lines(9, 'bad'), 'good']).flat())
  const trial = await ship(log, engine)
  expect(trial.shipper.status()).toMatchObject({ refused: 90, records: 10 })
})

describe('a log that has gone back behind its engine', () => {
  /** A log, an engine that holds 20 records of it, and a checkpoint. */
  async function shipped() {
    const engine = new FakeEngine()
    const { progress } = await ship(logOf(...lines(20)), engine)
    return { engine, progress }
  }

  test('should stop the shipper when it is shorter than what is stored', async () => {
    const { engine, progress } = await shipped()
    const trial = await ship(logOf(...lines(15)), engine, { progress, pauses: 2 })
    expect(troublesOf(trial)).toEqual(['FUNNEL_SHIP_LOG_WENT_BACK'])
    expect(trial.shipper.status().trouble).toMatch(/up to position 240, but the log ends at 180/)
  })

  test('should stop the shipper when it has other records in the place of those that are stored', async () => {
    const { engine, progress } = await shipped()
    const held = engine.text
    const log = logOf(...lines(15), ...lines(10, 'newer!'))
    const trial = await ship(log, engine, { progress, pauses: 2 })
    expect(troublesOf(trial)).toEqual(['FUNNEL_SHIP_LOG_WENT_BACK'])
    expect(engine.text).toBe(held)
  })

  test('should stop the shipper when a transform has changed its records, and no record begins where it goes on', async () => {
    const engine = new FakeEngine()
    const outgoing = { tooLong: 'cut', transform: (line: string) => `${line}!` } as const
    const { progress } = await ship(logOf('one', 'two'), engine, { outgoing })
    // The batch is one record: nothing but its end can differ.
    const second = await ship(logOf('one', 'two', 'three'), engine, { outgoing, progress })
    const log = logOf('one', 'two', 'other records')
    const trial = await ship(log, engine, { outgoing, progress: second.progress, pauses: 2 })
    expect(troublesOf(trial)).toEqual(['FUNNEL_SHIP_LOG_WENT_BACK'])
  })

  test('should go on from the position that an operator names, and count what is given up', async () => {
    const { engine, progress } = await shipped()
    const held = engine.text
    const log = logOf(...lines(15), ...lines(10, 'newer!'))
    const decision = decided({ action: 'skip', position: log.bytes.length })
    await ship(log, engine, { progress, decision })
    log.write('after')
    const trial = await ship(log, engine, { progress })
    expect(troublesOf(trial)).toEqual([])
    expect(engine.text).toBe(`${held}after\n`)
    expect(trial.shipper.status().lost).toBe(5 * 12)
  })

  test('should be found by the places of its records when a transform has changed them', async () => {
    const engine = new FakeEngine()
    const outgoing = { tooLong: 'cut', transform: (line: string) => `${line}!` } as const
    const { progress } = await ship(logOf(...lines(20)), engine, { outgoing })
    const log = logOf(...lines(15), 'a longer record than those before', ...lines(10))
    expect(troublesOf(await ship(log, engine, { outgoing, progress, pauses: 2 }))).toEqual([
      'FUNNEL_SHIP_LOG_WENT_BACK',
    ])
    const same = await ship(logOf(...lines(21)), engine, { outgoing, progress })
    expect(troublesOf(same)).toEqual([])
  })
})

describe('adopting a log', () => {
  /** An engine that holds a log of another id. */
  async function holding(...written: readonly string[]): Promise<FakeEngine> {
    const engine = new FakeEngine()
    engine.store = engine.storeOf('b'.repeat(32))
    const log = new FakeLog('b'.repeat(32))
    log.write(...written)
    await ship(log, engine)
    engine.store = engine.storeOf('a'.repeat(32))
    return engine
  }

  test('should go on after the batch that is stored last, although its last line is in the log again', async () => {
    const engine = await holding('one', 'two', 'tick')
    const trial = await ship(logOf('zero', 'one', 'two', 'tick', 'three', 'tick'), engine, {
      decision: decided({ action: 'adopt' }),
    })
    expect(troublesOf(trial)).toEqual([])
    expect(engine.text).toBe('one\ntwo\ntick\nthree\ntick\n')
  })

  test('should be refused when the log has the batch at two places', async () => {
    const engine = await holding('tick')
    const decision = decided({ action: 'adopt' })
    const trial = await ship(logOf('tick', 'tock', 'tick'), engine, { decision, pauses: 2 })
    expect(trial.shipper.status().trouble).toMatch(/at several places/)
    expect(decision.read()).toBeDefined()
    expect(engine.text).toBe('tick\n')
  })

  test('should be refused, and not wait, when the log does not have the batch', async () => {
    const engine = await holding('gone')
    const trial = await ship(logOf('one'), engine, { decision: decided({ action: 'adopt' }), pauses: 2 })
    expect(trial.shipper.status().trouble).toMatch(/does not have the batch/)
  })
})

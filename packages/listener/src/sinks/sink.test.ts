import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GATHER_MS, LINE, MIB, RECORD, open, state, ticks } from './sink.test-kit.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a sink that does its work', () => {
  test('should get lines only when its target is there, so that a failing start loses none', () => {
    const bench = open()
    bench.sinks.offer(LINE)
    expect(bench.process.received).toBe('')
    expect(state(bench)).toBe('starting')

    bench.process.events.ready()

    expect(bench.process.received).toBe(RECORD)
    expect(state(bench)).toBe('running')
  })

  test('should count as delivered what its target has taken', () => {
    const bench = open()
    bench.process.events.ready()
    bench.sinks.offer(LINE)
    vi.advanceTimersByTime(GATHER_MS)
    bench.process.events.taken(LINE.length, 1)

    expect(bench.sinks.status()).toEqual([
      {
        sink: 'fake',
        state: 'running',
        pid: 4711,
        delivered: 1,
        dropped: 0,
        unconfirmed: 0,
        waiting: 0,
        restarts: 0,
        lastError: null,
      },
    ])
  })

  test('should get records together when they come one by one', () => {
    const bench = open()
    bench.process.events.ready()
    for (let count = 0; count < 10; count += 1) bench.sinks.offer(LINE)
    expect(bench.process.writes).toBe(0)

    vi.advanceTimersByTime(GATHER_MS)

    expect(bench.process).toMatchObject({ writes: 1, received: RECORD.repeat(10) })
  })

  test('should have no more than the window in its hands, and get the rest as it goes on', () => {
    const bench = open()
    bench.process.events.ready()
    const lines = Buffer.from(RECORD.repeat(25_000))
    bench.sinks.offer(lines)
    const first = bench.process.received.length
    expect(first).toBeLessThan(320 * 1024)

    bench.process.events.taken(first, 1)

    expect(bench.process.received.length).toBeGreaterThan(first)
  })
})

describe('a sink that fails', () => {
  test('should be started again after a growing pause, and go on with what waits', () => {
    const bench = open()
    bench.sinks.offer(LINE)
    bench.process.events.ended('no such module')
    expect(bench.sinks.status()[0]).toMatchObject({ state: 'restarting', restarts: 1, lastError: 'no such module' })

    vi.advanceTimersByTime(100)
    expect(bench.processes).toHaveLength(2)
    bench.process.events.ended('no such module')
    vi.advanceTimersByTime(199)
    expect(bench.processes).toHaveLength(2)
    vi.advanceTimersByTime(1)
    bench.process.events.ready()

    expect(bench.process.received).toBe(RECORD)
    expect(bench.sinks.status()[0]).toMatchObject({ state: 'running', restarts: 2, unconfirmed: 0 })
  })

  test('should not get again what the dead process had', () => {
    const bench = open()
    bench.process.events.ready()
    bench.sinks.offer(LINE)
    vi.advanceTimersByTime(GATHER_MS)
    bench.process.events.ended('it was killed by SIGKILL')
    vi.advanceTimersByTime(100)
    bench.process.events.ready()

    expect(bench.process.received).toBe('')
    expect(bench.sinks.status()[0]?.unconfirmed).toBe(1)
  })

  test('should be reported once, until it was well for a while', () => {
    const bench = open()
    for (let failure = 0; failure < 5; failure += 1) {
      bench.process.events.ended('why')
      vi.advanceTimersByTime(30_000)
    }
    expect(bench.notices).toEqual([{ event: 'sink-failed', sink: 'fake', error: 'why' }])
    expect(bench.reported.at(0)).toBe('sink fake: why; starting it again in 100 ms')
  })
})

describe('a sink that hangs', () => {
  test('should be killed and started again when it takes nothing of what it was given', () => {
    const bench = open()
    bench.process.events.ready()
    bench.sinks.offer(LINE)
    vi.advanceTimersByTime(GATHER_MS)
    ticks(1)
    expect(state(bench)).toBe('running')
    ticks(1)
    expect(state(bench)).toBe('hung')
    ticks(28)
    expect(bench.process.killed).toBeUndefined()

    ticks(1)
    expect(bench.process.killed).toBe('it took no lines within 30000 ms')
    bench.process.events.ended('it took no lines within 30000 ms')

    expect(state(bench)).toBe('restarting')
    ticks(1)
    expect(bench.processes).toHaveLength(2)
  })

  test('should be killed when its target is never there', () => {
    const bench = open()
    ticks(31)

    expect(bench.process.killed).toBe('it did not start within 30000 ms')
  })

  test('should be left alone when it has nothing to do', () => {
    const bench = open()
    bench.process.events.ready()
    ticks(1000)

    expect(bench.process.killed).toBeUndefined()
    expect(state(bench)).toBe('running')
  })

  test('should be left alone when it is slow', () => {
    const bench = open()
    bench.process.events.ready()
    for (let round = 0; round < 10; round += 1) {
      bench.sinks.offer(LINE)
      bench.sinks.offer(LINE)
      ticks(20)
      bench.process.events.taken(LINE.length, 1)
    }

    expect(bench.process.killed).toBeUndefined()
  })

  test('should have what is dropped for it counted and recorded, while it lasts and when there is room again', () => {
    const bench = open()
    bench.process.events.ready()
    const lines = Buffer.from(RECORD.repeat(1000))
    const drops = (): number[] => bench.notices.map((notice) => (notice.event === 'sink-dropped' ? notice.count : 0))
    const offered = 100_000
    for (let count = 0; count < offered; count += 1000) bench.sinks.offer(lines)
    const dropped = bench.sinks.status()[0]?.dropped ?? 0
    expect(dropped).toBeGreaterThan(offered - MIB / LINE.length - 1)

    ticks(1)
    expect(drops()).toEqual([dropped])
    expect(bench.notices[0]).toMatchObject({ sink: 'fake', levels: { 30: dropped }, causes: { 'queue full': dropped } })

    bench.sinks.offer(lines)
    bench.process.events.taken(LINE.length, 1)
    ticks(20)
    expect(drops()).toEqual([dropped])

    while (bench.process.received.length > LINE.length * (bench.sinks.status()[0]?.delivered ?? 0)) {
      const delivered = bench.sinks.status()[0]?.delivered ?? 0
      bench.process.events.taken(
        bench.process.received.length - LINE.length * delivered,
        bench.process.received.length / LINE.length - delivered,
      )
    }
    ticks(1)
    expect(drops()).toEqual([dropped, 1000])
  })
})

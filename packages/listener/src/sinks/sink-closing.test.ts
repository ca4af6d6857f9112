import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { LINE, RECORD, open, state } from './sink.test-kit.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('closing a sink', () => {
  test('should give the sink what waits, end its input, and wait for its end', async () => {
    const bench = open()
    bench.sinks.offer(LINE)
    const closed = bench.sinks.close(5000)
    expect(bench.process.hasEnd).toBe(false)

    bench.process.events.ready()
    expect(bench.process).toMatchObject({ received: RECORD, hasEnd: true })
    bench.process.events.taken(LINE.length, 1)
    bench.process.events.ended('it exited with code 0')
    await closed

    expect(bench.sinks.status()[0]).toMatchObject({ state: 'closed', delivered: 1, dropped: 0, restarts: 0 })
    expect(bench.notices).toEqual([])
  })

  test('should kill the sink at the deadline, and count what it has not taken', async () => {
    const bench = open()
    bench.process.events.ready()
    bench.sinks.offer(Buffer.from(RECORD.repeat(20_000)))
    const closed = bench.sinks.close(5000)
    vi.advanceTimersByTime(5000)
    expect(bench.process.killed).toBe('it did not end in time')
    bench.process.events.ended('it did not end in time')
    await closed

    const [status] = bench.sinks.status()
    expect((status?.dropped ?? 0) + (status?.unconfirmed ?? 0)).toBe(20_000)
    expect(bench.notices).toMatchObject([{ event: 'sink-dropped', count: 20_000 }])
  })

  test('should not wait for a process that can not be killed', async () => {
    const bench = open()
    const closed = bench.sinks.close(5000)
    vi.advanceTimersByTime(7000)
    await closed

    expect(state(bench)).toBe('closed')
  })

  test('should not wait for a sink that is down when nothing waits for it', async () => {
    const bench = open()
    bench.process.events.ended('gone')
    await bench.sinks.close(5000)

    expect(state(bench)).toBe('closed')
    vi.advanceTimersByTime(60_000)
    expect(bench.processes).toHaveLength(1)
  })

  test('should give a sink that is down a last chance when something waits for it', async () => {
    const bench = open()
    bench.sinks.offer(LINE)
    bench.process.events.ended('gone')
    const closed = bench.sinks.close(5000)
    expect(bench.processes).toHaveLength(2)
    bench.process.events.ended('gone again')
    await closed

    expect(bench.sinks.status()[0]).toMatchObject({ state: 'closed', dropped: 1 })
    vi.advanceTimersByTime(60_000)
    expect(bench.processes).toHaveLength(2)
  })

  test('should take nothing any more', async () => {
    const bench = open()
    const closed = bench.sinks.close(0)
    bench.sinks.offer(LINE)
    bench.process.events.ended('it ended')
    await closed
    bench.sinks.offer(LINE)

    expect(bench.sinks.status()[0]).toMatchObject({ waiting: 0, dropped: 0 })
  })
})

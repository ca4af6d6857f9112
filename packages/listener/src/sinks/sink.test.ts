import type { SinkNotice, SinkOptions } from '@pino-funnel/channel'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TICK_MS } from './sink.ts'
import type { SinkProcess, SinkProcessEvents } from './sink-process.ts'
import { Sinks } from './sinks.ts'

const MIB = 1024 * 1024

const OPTIONS: SinkOptions = {
  name: 'fake',
  target: '/fake.js',
  options: {},
  level: 30,
  stdout: 'report',
  directory: '/',
  maxQueueBytes: MIB,
  hangTimeout: 30_000,
}

const RECORD = '{"level":30,"msg":"hello"}\n'
const LINE = Buffer.from(RECORD)

/** A process that does what the test says. */
class FakeProcess implements SinkProcess {
  readonly pid = 4711
  readonly events: SinkProcessEvents
  received = ''
  writes = 0
  hasEnd = false
  killed: string | undefined

  constructor(events: SinkProcessEvents) {
    this.events = events
  }

  write(lines: Buffer): void {
    this.writes += 1
    this.received += lines.toString()
  }

  end(): void {
    this.hasEnd = true
  }

  kill(reason: string): void {
    this.killed = reason
  }
}

/** What is offered is gathered for so long. */
const GATHER_MS = 20

interface Bench {
  readonly sinks: Sinks
  readonly processes: FakeProcess[]
  readonly notices: SinkNotice[]
  readonly reported: string[]
  /** The latest process. */
  readonly process: FakeProcess
}

function open(options: Partial<SinkOptions> = {}): Bench {
  const processes: FakeProcess[] = []
  const notices: SinkNotice[] = []
  const reported: string[] = []
  const sinks = new Sinks([{ ...OPTIONS, ...options }], {
    onNotice: (notice) => notices.push(notice),
    report: (message) => reported.push(message),
    start: (_options, events) => {
      const process = new FakeProcess(events)
      processes.push(process)
      return process
    },
  })
  return {
    sinks,
    processes,
    notices,
    reported,
    get process() {
      const last = processes.at(-1)
      if (!last) throw new Error('no process was started')
      return last
    },
  }
}

function state(bench: Bench): string | undefined {
  return bench.sinks.status()[0]?.state
}

function ticks(count: number): void {
  vi.advanceTimersByTime(count * TICK_MS)
}

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
    ticks(30)
    expect(bench.process.killed).toBeUndefined()
    expect(state(bench)).toBe('hung')

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

describe('closing', () => {
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

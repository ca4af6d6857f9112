import type { ShipNotice, ShipOptions } from '@pino-funnel/channel'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TICK_MS } from './launched-shipper.ts'
import { ShipFeed } from './ship-feed.ts'
import type { ShipperProcess, ShipperProcessEvents } from './shipper-process.ts'

const OPTIONS: ShipOptions = { name: 'nats', program: '/ship/main.js', settings: { to: 'nats' }, directory: '/' }

/** A process that does what the test says. */
class FakeProcess implements ShipperProcess {
  readonly pid = 4711
  readonly events: ShipperProcessEvents
  readonly channelDir: string
  /** Ms that it has for an engine that is away, once it is to finish. */
  patience: number | undefined
  killed: string | undefined

  constructor(events: ShipperProcessEvents, channelDir: string) {
    this.events = events
    this.channelDir = channelDir
  }

  finish(patience: number): void {
    this.patience = patience
  }

  kill(reason: string): void {
    this.killed = reason
  }
}

function open(options: Partial<ShipOptions> = {}): {
  feed: ShipFeed
  processes: FakeProcess[]
  notices: ShipNotice[]
  reported: string[]
} {
  const processes: FakeProcess[] = []
  const notices: ShipNotice[] = []
  const reported: string[] = []
  const feed = new ShipFeed([{ ...OPTIONS, ...options }], {
    file: '/logs/app.log',
    channelDir: '/logs/.pino-funnel',
    onNotice: (notice) => notices.push(notice),
    report: (message) => reported.push(message),
    start: (_program, { channelDir }, events) => {
      const process = new FakeProcess(events, channelDir)
      processes.push(process)
      return process
    },
  })
  return { feed, processes, notices, reported }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the shippers of a log', () => {
  test('should be started once, when the log is collected', () => {
    const { feed, processes } = open()

    feed.start()
    feed.start()

    expect(processes).toMatchObject([{ channelDir: '/logs/.pino-funnel' }])
    processes[0]?.events.sends({ type: 'ready' })
    expect(feed.status()).toEqual([{ ship: 'nats', state: 'running', pid: 4711, restarts: 0, lastError: null }])
  })

  test('should be started again after a pause that grows, and be reported once, when they fail', () => {
    const { feed, processes, notices } = open()
    feed.start()

    processes[0]?.events.ended('it was killed by SIGKILL')
    expect(feed.status()[0]).toMatchObject({ state: 'restarting', lastError: 'it was killed by SIGKILL' })
    vi.advanceTimersByTime(100)
    processes[1]?.events.ended('it was killed by SIGKILL')
    vi.advanceTimersByTime(100)
    expect(processes).toHaveLength(2)
    vi.advanceTimersByTime(100)

    expect(processes).toHaveLength(3)
    expect(notices).toEqual([{ event: 'ship-failed', ship: 'nats', error: 'it was killed by SIGKILL' }])
  })

  test('should be reported with the command that installs them, when the package is missing', () => {
    const { feed, processes, notices, reported } = open({ program: null })

    feed.start()

    expect(processes).toHaveLength(0)
    expect(feed.status()[0]?.state).toBe('missing')
    const error = 'the package @pino-funnel/ship is not installed. Run: npm install @pino-funnel/ship'
    expect(notices).toEqual([{ event: 'ship-failed', ship: 'nats', error }])
    expect(reported[0]).toContain('npm install @pino-funnel/ship')
  })

  test('should put one record about trouble into the log each minute at most, and one about its end', () => {
    const { feed, processes, notices } = open()
    feed.start()
    const sends = (message: Parameters<ShipperProcessEvents['sends']>[0]): void => processes[0]?.events.sends(message)

    sends({ type: 'trouble', error: 'refused' })
    sends({ type: 'trouble', error: 'refused in other words' })
    sends({ type: 'recovered' })
    sends({ type: 'trouble', error: 'refused' })
    sends({ type: 'recovered' })
    expect(notices.map(({ event }) => event)).toEqual(['ship-trouble', 'ship-recovered'])

    vi.advanceTimersByTime(60 * TICK_MS)
    sends({ type: 'trouble', error: 'refused' })
    expect(notices.map(({ event }) => event)).toEqual(['ship-trouble', 'ship-recovered', 'ship-trouble'])
  })

  test('should put trouble that lasts into the log when the minute is over', () => {
    const { feed, processes, notices } = open()
    feed.start()
    const sends = (message: Parameters<ShipperProcessEvents['sends']>[0]): void => processes[0]?.events.sends(message)
    sends({ type: 'trouble', error: 'refused' })
    sends({ type: 'recovered' })

    sends({ type: 'trouble', error: 'refused again' })
    vi.advanceTimersByTime(60 * TICK_MS)

    expect(notices.at(-1)).toEqual({ event: 'ship-trouble', ship: 'nats', error: 'refused again' })
  })

  test('should report the end of trouble, and the next one, when another process ships meanwhile', () => {
    const { feed, processes, notices } = open()
    feed.start()
    processes[0]?.events.sends({ type: 'trouble', error: 'refused' })
    processes[0]?.events.ended('it was killed by SIGKILL')
    vi.advanceTimersByTime(60 * TICK_MS)

    processes[1]?.events.sends({ type: 'recovered' })
    processes[1]?.events.sends({ type: 'trouble', error: 'refused' })

    const events = ['ship-trouble', 'ship-failed', 'ship-recovered', 'ship-trouble']
    expect(notices.map(({ event }) => event)).toEqual(events)
  })

  test('should report what was lost', () => {
    const { feed, processes, notices } = open()
    feed.start()

    processes[0]?.events.sends({ type: 'lost', from: 10, to: 30, bytes: 20 })

    expect(notices).toEqual([{ event: 'ship-lost', ship: 'nats', from: 10, to: 30, bytes: 20 }])
  })

  test('should put one record about refused records into the log each minute at most, and go on until that is there', () => {
    const { feed, processes, notices } = open()
    feed.start()
    processes[0]?.events.sends({ type: 'ready' })
    const refuse = (records: number, error: string): void =>
      processes[0]?.events.sends({ type: 'refused', records, error })

    refuse(1, 'too many fields')
    refuse(2, 'no such index')
    refuse(3, 'too many fields')
    expect(notices).toEqual([{ event: 'ship-refused', ship: 'nats', count: 1, error: 'too many fields' }])
    feed.closeIfIdle(false)
    vi.advanceTimersByTime(59 * TICK_MS)
    feed.closeIfIdle(false)
    expect(processes[0]?.patience).toBeUndefined()
    vi.advanceTimersByTime(TICK_MS)
    feed.closeIfIdle(false)

    expect(notices.slice(1)).toEqual([{ event: 'ship-refused', ship: 'nats', count: 5, error: 'too many fields' }])
    expect(processes[0]?.patience).toBeDefined()
  })

  test('should be given time to ship what is left, and be killed then', async () => {
    const { feed, processes } = open()
    feed.start()

    feed.close(1000)
    feed.start()

    expect(processes).toHaveLength(1)
    expect(processes[0]).toMatchObject({ patience: expect.any(Number) as number, killed: undefined })
    vi.advanceTimersByTime(1000)
    expect(processes[0]?.killed).toBe('it did not end in time')
    expect(feed.isClosing).toBe(true)
    processes[0]?.events.ended('it did not end in time')
    await vi.waitFor(() => expect(feed.isClosing).toBe(false))
  })

  test('should be closed at once, when their process waits for its next start', async () => {
    const { feed, processes } = open()
    feed.start()
    processes[0]?.events.ended('it exited with code 1')

    feed.close()

    await vi.waitFor(() => expect(feed.isClosing).toBe(false))
    vi.advanceTimersByTime(60_000)
    expect(processes).toHaveLength(1)
  })

  test('should be closed, and given all time, when no worker has written for a while, and start again with the next one', async () => {
    const { feed, processes } = open()
    feed.start()
    processes[0]?.events.sends({ type: 'ready' })

    feed.closeIfIdle(false)
    vi.advanceTimersByTime(9000)
    feed.closeIfIdle(true)
    feed.closeIfIdle(false)
    vi.advanceTimersByTime(9000)
    feed.closeIfIdle(false)
    expect(processes[0]?.patience).toBeUndefined()
    vi.advanceTimersByTime(1000)
    feed.closeIfIdle(false)

    expect(processes[0]).toMatchObject({ patience: expect.any(Number) as number, killed: undefined })
    feed.start()
    expect(processes).toHaveLength(1)
    vi.advanceTimersByTime(60_000)
    expect(processes[0]?.killed).toBeUndefined()
    feed.open()
    feed.start()
    expect(processes).toHaveLength(2)
  })

  test('should go on, although no worker writes, while one of them is in trouble', () => {
    const { feed, processes } = open()
    feed.start()
    processes[0]?.events.sends({ type: 'ready' })
    processes[0]?.events.sends({ type: 'trouble', error: 'refused' })
    feed.closeIfIdle(false)
    vi.advanceTimersByTime(60_000)
    feed.closeIfIdle(false)
    expect(processes[0]?.patience).toBeUndefined()

    processes[0]?.events.sends({ type: 'recovered' })
    feed.closeIfIdle(false)
    expect(processes[0]?.patience).toBeDefined()
  })

  test('should be killed in time when the listener leaves while they ship what an idle log has', () => {
    const { feed, processes } = open()
    feed.start()
    processes[0]?.events.sends({ type: 'ready' })
    feed.closeIfIdle(false)
    vi.advanceTimersByTime(10_000)
    feed.closeIfIdle(false)

    const patience = processes[0]?.patience
    feed.close(1000)
    expect(processes[0]?.patience, 'for an engine that is away').toBeLessThan(patience ?? 0)
    vi.advanceTimersByTime(999)
    // The listener asks again and again.
    feed.close(1000)
    vi.advanceTimersByTime(1)
    expect(processes[0]?.killed).toBe('it did not end in time')
  })

  test('should be replaced by those of other options', () => {
    const { feed, processes } = open()
    feed.start()

    feed.adopt([{ ...OPTIONS, name: 'redis' }])
    feed.start()

    expect(processes[0]?.patience).toBeDefined()
    expect(feed.status().map(({ ship }) => ship)).toEqual(['redis'])
  })
})

/** A sink whose process is not one. */
import type { SinkNotice, SinkOptions } from '@pino-funnel/channel'
import { vi } from 'vitest'
import { TICK_MS } from './sink.ts'
import type { SinkProcess, SinkProcessEvents } from './sink-process.ts'
import { Sinks } from './sinks.ts'

export const MIB = 1024 * 1024

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

export const RECORD = '{"level":30,"msg":"hello"}\n'
export const LINE = Buffer.from(RECORD)

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
export const GATHER_MS = 20

interface Bench {
  readonly sinks: Sinks
  readonly processes: FakeProcess[]
  readonly notices: SinkNotice[]
  readonly reported: string[]
  /** The latest process. */
  readonly process: FakeProcess
}

export function open(options: Partial<SinkOptions> = {}): Bench {
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

export function state(bench: Bench): string | undefined {
  return bench.sinks.status()[0]?.state
}

export function ticks(count: number): void {
  vi.advanceTimersByTime(count * TICK_MS)
}

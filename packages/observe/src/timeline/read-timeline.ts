import type { FunnelError } from '@pino-funnel/channel'
import { parseRecord } from '@pino-funnel/listener/records'
import { readPortions, type Portion } from '@pino-funnel/reader'
import { basename, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { EventLog, type OpenEvent } from './event-log.ts'
import { Lanes, type OpenLane } from './lanes.ts'
import { timelineNotice } from './notices.ts'
import { recordHead, type RecordHead } from './record-head.ts'
import { spansOf } from './spans.ts'
import { TimeAxis, type Counter } from './time-axis.ts'
import type { Lane, Timeline, TimelineEvent } from './timeline.ts'

const NEWLINE = 0x0a
const DAY_MS = 86_400_000
/** A clock that was never set shows 1970. */
const EARLIEST_MS = Date.UTC(2000, 0)
/** Each is shown, so there must not be many. */
const MOST_GAPS = 20

export interface TimelineOptions {
  /**
   * Records before this time are left out; ms since the epoch.
   *
   * @defaultValue none
   */
  readonly since?: number
  /**
   * Records after this time are left out; ms since the epoch.
   *
   * @defaultValue none
   */
  readonly until?: number
  /**
   * Where the log's channel is: the option of the same name of its workers.
   *
   * @defaultValue `.pino-funnel` in the log directory
   */
  readonly channelDir?: string
  /** Ends the reading: the timeline is that of what was read. */
  readonly signal?: AbortSignal
}

/**
 * Reads a log once, with its rotated and compressed files, and says what went on in it. Needs no listener and no
 * channel. Memory stays below a small multiple of the longest line, whatever the size of the log.
 *
 * @param log - the live file: `logs/app.log`
 * @throws FunnelError `FUNNEL_FORMAT_UNAVAILABLE` for zstd with an older Node.js; the system's error
 */
export async function readTimeline(log: string, options: TimelineOptions = {}): Promise<Timeline> {
  const { since = -Infinity, until = Infinity, channelDir, signal } = options
  const builder = new TimelineBuilder(resolve(log), since, until)
  const portions = readPortions(log, {
    ...(signal && { signal }),
    ...(channelDir !== undefined && { channelDir }),
    wants: ({ modified }) => modified >= since,
    onGap: (gap) => builder.addGap(gap),
  })
  for await (const portion of portions) {
    builder.add(portion)
    // A signal can come in between.
    await nextTurn()
  }
  return builder.end()
}

class TimelineBuilder {
  readonly #log: string
  readonly #since: number
  readonly #until: number
  readonly #axis = new TimeAxis()
  readonly #total: Counter = this.#axis.counter()
  readonly #lanes = new Lanes(this.#axis)
  readonly #events = new EventLog()
  readonly #gaps: string[] = []
  #path: string | undefined
  #lastTime = NaN
  #listener: number | undefined
  #records = 0
  #otherLines = 0
  #untimed = 0

  constructor(log: string, since: number, until: number) {
    this.#log = log
    this.#since = since
    this.#until = Math.min(until, Date.now() + DAY_MS)
  }

  addGap({ message }: FunnelError): void {
    if (this.#gaps.length < MOST_GAPS) this.#gaps.push(message)
    if (!Number.isNaN(this.#lastTime))
      this.#events.add({ kind: 'gap', at: this.#lastTime, lane: undefined, text: message })
  }

  add({ bytes, path }: Portion): void {
    if (this.#path !== undefined && path !== this.#path) this.#rotated(this.#path)
    this.#path = path
    for (let from = 0; from < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, from)
      const to = newline === -1 ? bytes.length : newline
      this.#addLine(bytes, from, to)
      from = to + 1
    }
  }

  end(): Timeline {
    const { width, first, last } = this.#axis
    const from = Number.isNaN(first) ? 0 : first * width
    const to = Number.isNaN(first) ? 0 : (last + 1) * width
    const spread = (counter: Counter): number[] => {
      const counts = Array.from({ length: Math.round((to - from) / width) }, () => 0)
      for (const [bucket, count] of counter.counts()) counts[bucket - first] = count
      return counts
    }
    const open = this.#events.byTime()
    const lanes = this.#lanes.all().map((lane) => {
      const own = open.filter((event) => event.lane?.current === lane)
      return { ...finished(lane, own, to), counts: spread(lane.counter) }
    })
    const events = open.map(named)
    return {
      log: this.#log,
      from,
      to,
      width,
      records: this.#records,
      counts: spread(this.#total),
      lanes: lanes.sort((one, other) => COLLATOR.compare(one.name, other.name)),
      listeners: events.filter(({ kind }) => kind === 'listener'),
      rotations: events.filter(({ kind }) => kind === 'rotated'),
      events,
      olderEvents: this.#events.older,
      otherLines: this.#otherLines,
      untimed: this.#untimed,
      gaps: this.#gaps,
    }
  }

  #addLine(bytes: Buffer, from: number, to: number): void {
    const head = recordHead(bytes, from, to)
    if (!head) {
      this.#otherLines += 1
      return
    }
    const { time } = head
    // Also without a time, and so before the other comparisons.
    if (!(time >= EARLIEST_MS)) {
      this.#untimed += 1
      return
    }
    if (time < this.#since || time > this.#until) return
    this.#lastTime = time
    if (head.isNotice) this.#addNotice(bytes.subarray(from, to), head)
    else this.#addRecord(head)
  }

  #addRecord({ time, pid, thread, pool, slot }: RecordHead): void {
    const bucket = this.#axis.bucketOf(time)
    this.#records += 1
    this.#total.add(bucket)
    if (pid === undefined) return
    const lane = this.#lanes.laneOf({ pid, thread, pool, slot })
    lane.records += 1
    lane.counter.add(bucket)
  }

  #addNotice(line: Buffer, { time, pid }: RecordHead): void {
    const notice = timelineNotice(parseRecord(line) ?? {})
    if (!notice) return
    this.#axis.bucketOf(time)
    const { kind, text, worker, former, standstill, isByListener, isSuccession } = notice
    if (isByListener && pid !== undefined) this.#notedBy(pid, time, isSuccession)
    if (worker && former) this.#lanes.replace(former, worker)
    const lane = worker && this.#lanes.laneOf(worker)
    this.#events.add({ kind, at: time, lane, text, ...(standstill && { standstill }) })
  }

  /** A record of another listener than before: if it is not about that, then one took over at some time in between. */
  #notedBy(pid: number, at: number, isSuccession: boolean): void {
    const before = this.#listener
    this.#listener = pid
    if (before === pid || before === undefined || isSuccession) return
    this.#events.add({ kind: 'listener', at, lane: undefined, text: `listener ${pid} after ${before}` })
  }

  #rotated(path: string): void {
    if (Number.isNaN(this.#lastTime)) return
    this.#events.add({ kind: 'rotated', at: this.#lastTime, lane: undefined, text: `rotated to ${basename(path)}` })
  }
}

/** `cluster 9` comes before `cluster 10`. */
const COLLATOR = new Intl.Collator('en', { numeric: true })

function finished(lane: OpenLane, events: readonly OpenEvent[], end: number): Omit<Lane, 'counts'> {
  const { name, program, workers, records } = lane
  return { name, program, workers, records, spans: spansOf(events, end), marks: events.map(named) }
}

function named({ kind, at, lane, text }: OpenEvent): TimelineEvent {
  return { kind, at, lane: lane?.current.name, text }
}

import { isRecord, type Channel } from '@pino-funnel/channel'
import { parseRecord } from '@pino-funnel/listener/records'
import { linesOf, type Portion } from '@pino-funnel/reader'
import { ratesBetween, type Rates } from '../live/rates.ts'
import type { ShipReport } from '../live/ship-reports.ts'
import { gatherStatus, type KeptOpen, type StatusReport } from '../live/status-report.ts'
import { ListenerLine } from '../live/listener-line.ts'
import { WaitingMeter } from '../live/waiting-meter.ts'
import { LogDirectoryFollower } from '../metrics/log-directory-follower.ts'
import { DELAY_BOUNDS } from '../metrics/log-counters.ts'
import { keyOf, NOTICE, timelineNotice, type NamedWorker } from '../timeline/notices.ts'
import type { SeenEvent } from '../timeline/recent-events.ts'
import { spanText } from '../words/amounts.ts'

/** What the logs got is shown with the next sample: to read them more often costs more than all else. */
const CHECK_EVERY_MS = 500
/** Of history, a number each. */
const SECONDS = 60
const MOST_EVENTS = 50
/** Workers that have dropped records, or have stalled. */
const MOST_COUNTED = 1000
const DELAY_SHARE = 0.99
/** Records of the worker that is followed. */
const MOST_RECORDS = 100
/** Bytes of such a record; no terminal is wider. */
const LONGEST_RECORD = 4096
const SHORT_LEVELS: Readonly<Record<string, string>> = {
  trace: 'T',
  debug: 'D',
  info: 'I',
  warn: 'W',
  error: 'E',
  fatal: 'F',
  other: '?',
}

/** What a picture is made of. */
export interface Sampled {
  readonly status: StatusReport
  /** ms since the epoch */
  readonly now: number
  readonly rates: Rates | undefined
  /** Records of each second, the latest last. */
  readonly history: (mailbox: string) => readonly number[]
  /** The levels of a file's records since the beginning, such as `I97 W2 E1`. */
  readonly levels: (file: string) => string
  /** Below what 99 of 100 records are that were checked, from the log call to the log file; `''` without any. */
  readonly delay: (file: string) => string
  /** Records of a worker that were dropped, as far as the log has said so. */
  readonly dropped: (worker: { readonly pid: number; readonly threadId: number }) => number
  /** How often a worker has stalled, as far as the log has said so. */
  readonly stalls: (worker: { readonly pid: number; readonly threadId: number }) => number
  /** How old the oldest record is that a shipper has still to ship, ms; 0 without any. */
  readonly lag: (shipper: ShipReport) => number
  readonly events: readonly SeenEvent[]
  /** The last records of a worker since it is followed, by its mailbox. */
  readonly records: (mailbox: string) => readonly string[]
}

/** Asks the listener once a second, and follows the logs. */
export class Sampler {
  readonly #channel: Channel
  readonly #kept: KeptOpen
  readonly #follower: LogDirectoryFollower
  readonly #histories = new Map<string, number[]>()
  readonly #events: SeenEvent[] = []
  /** Records, by worker. */
  readonly #dropped = new WorkerCounts()
  readonly #stalls = new WorkerCounts()
  #records: string[] = []
  #followed: { readonly mailbox: string; readonly needle: Buffer } | undefined
  #last: { readonly status: StatusReport; readonly at: number } | undefined

  constructor(channel: Channel, logs: () => Promise<readonly string[] | undefined>) {
    this.#channel = channel
    this.#kept = { line: new ListenerLine(channel), meter: new WaitingMeter(channel) }
    const onPortion = (portion: Portion): void => this.#read(portion)
    this.#follower = new LogDirectoryFollower(logs, { onPortion, checkEvery: CHECK_EVERY_MS, channelDir: channel.root })
  }

  /** @param worker - `undefined` to follow none */
  follow(worker: { readonly id: string; readonly pid: number } | undefined): void {
    this.#records = []
    this.#followed = worker && { mailbox: worker.id, needle: Buffer.from(`"pid":${worker.pid},`) }
  }

  /** @param signal - does not wait for the listener any longer */
  async sample(signal?: AbortSignal): Promise<Sampled> {
    await this.#follower.findLogs()
    const status = await gatherStatus(this.#channel, { signal, kept: this.#kept })
    const at = performance.now()
    const last = this.#last
    const seconds = last ? (at - last.at) / 1000 : 1
    const rates = last && ratesBetween(last.status, status, seconds)
    if (last) this.#noteListener(last.status, status)
    this.#last = { status, at }
    this.#remember(status, rates, seconds)
    return {
      status,
      now: Date.now(),
      rates,
      history: (mailbox) => this.#histories.get(mailbox) ?? [],
      levels: (file) => this.#levelsOf(file),
      delay: (file) => this.#delayOf(file),
      dropped: ({ pid, threadId }) => this.#dropped.of({ pid, thread: threadId }),
      stalls: ({ pid, threadId }) => this.#stalls.of({ pid, thread: threadId }),
      lag: ({ file, position, unshipped }) =>
        unshipped === 0 ? 0 : (this.#follower.counters.get(file)?.ageAt(position, Date.now()) ?? 0),
      events: this.#events,
      records: (mailbox) => (mailbox === this.#followed?.mailbox ? this.#records : []),
    }
  }

  close(): Promise<void> {
    this.#kept.line.close()
    this.#kept.meter.close()
    return this.#follower.close()
  }

  /** A sample may come late: a listener that does not answer takes seconds. */
  #remember({ mailboxes }: StatusReport, rates: Rates | undefined, elapsed: number): void {
    const seconds = Math.max(1, Math.min(SECONDS, Math.round(elapsed)))
    const there = new Set(mailboxes.map(({ id }) => id))
    for (const id of this.#histories.keys()) if (!there.has(id)) this.#histories.delete(id)
    for (const id of there) {
      const history = this.#histories.get(id) ?? Array.from({ length: SECONDS }, () => 0)
      const rate = rates?.mailboxes.get(id)?.records ?? 0
      for (let second = 0; second < seconds; second += 1) {
        history.shift()
        history.push(rate)
      }
      this.#histories.set(id, history)
    }
  }

  /** The log says it only with the next record that the listener writes about a worker. */
  #noteListener({ listener: before }: StatusReport, { listener: after }: StatusReport): void {
    if (before?.epoch === after?.epoch) return
    const former = before ? `listener ${before.pid} has ended` : ''
    const next = after ? `listener ${after.pid} serves` : ''
    const how = after?.answers === true && after.isAfterCrash ? ' after one that was killed' : ''
    this.#addSeen({ at: Date.now(), text: [former, `${next}${how}`].filter((text) => text !== '').join(', ') })
  }

  #levelsOf(file: string): string {
    const records = this.#follower.counters.get(file)?.records ?? new Map<string, number>()
    const total = [...records.values()].reduce((sum, count) => sum + count, 0)
    const shares = [...records].filter(([, count]) => count > 0)
    return shares.map(([level, count]) => `${SHORT_LEVELS[level] ?? level}${percent(count, total)}`).join(' ')
  }

  #delayOf(file: string): string {
    const delays = this.#follower.counters.get(file)?.delays ?? []
    const total = delays.reduce((sum, count) => sum + count, 0)
    if (total === 0) return ''
    let seen = 0
    const index = delays.findIndex((count) => (seen += count) >= total * DELAY_SHARE)
    const bound = DELAY_BOUNDS[index]
    return bound === undefined ? `> ${DELAY_BOUNDS.at(-1)} s` : `< ${spanText(bound * 1000)}`
  }

  #read(portion: Portion): void {
    const followed = this.#followed
    const isFollowed = followed !== undefined && portion.bytes.includes(followed.needle)
    if (!isFollowed && !portion.bytes.includes(NOTICE)) return
    for (const { bytes } of linesOf(portion)) {
      if (bytes.includes(NOTICE)) this.#addEvent(bytes)
      if (isFollowed && bytes.includes(followed.needle)) {
        this.#records.push(bytes.toString('utf8', 0, LONGEST_RECORD))
      }
    }
    this.#records.splice(0, this.#records.length - MOST_RECORDS)
  }

  #addEvent(line: Buffer): void {
    const record = parseRecord(line)
    const notice = record && timelineNotice(record)
    if (!notice) return
    if (notice.kind === 'dropped' && notice.worker) this.#addDrops(notice.worker, record['funnel'])
    if (notice.kind === 'stalled' && notice.worker) this.#stalls.add(notice.worker, 1)
    const { time } = record
    this.#addSeen({ at: typeof time === 'number' ? time : Date.now(), text: notice.text })
  }

  #addSeen(event: SeenEvent): void {
    this.#events.push(event)
    this.#events.splice(0, this.#events.length - MOST_EVENTS)
  }

  #addDrops(worker: NamedWorker, notice: unknown): void {
    const count = isRecord(notice) ? notice['count'] : undefined
    if (typeof count === 'number' && count > 0) this.#dropped.add(worker, count)
  }
}

/** A number for each of the last workers that have had one. */
class WorkerCounts {
  readonly #counts = new Map<string, number>()

  of(worker: Parameters<typeof keyOf>[0]): number {
    return this.#counts.get(keyOf(worker)) ?? 0
  }

  add(worker: NamedWorker, by: number): void {
    this.#counts.set(keyOf(worker), this.of(worker) + by)
    if (this.#counts.size > MOST_COUNTED) this.#counts.delete([...this.#counts.keys()][0] ?? '')
  }
}

/** A share that is not 0 is at least 1. */
function percent(count: number, total: number): number {
  return Math.max(1, Math.round((count / total) * 100))
}

import type { Channel } from '@pino-funnel/channel'
import { parseRecord } from '@pino-funnel/listener/records'
import { linesOf, type Portion } from '@pino-funnel/reader'
import { ratesBetween, type Rates } from '../live/rates.ts'
import { gatherStatus, type StatusReport } from '../live/status-report.ts'
import { LogDirectoryFollower } from '../metrics/log-directory-follower.ts'
import { timelineNotice } from '../timeline/notices.ts'

/** Of history, a number each. */
const SECONDS = 60
const MOST_EVENTS = 50
/** Records of the worker that is followed. */
const MOST_RECORDS = 100
/** Bytes of such a record; no terminal is wider. */
const LONGEST_RECORD = 4096
const NOTICE = Buffer.from('"name":"pino-funnel"')
const SHORT_LEVELS: Readonly<Record<string, string>> = {
  trace: 'T',
  debug: 'D',
  info: 'I',
  warn: 'W',
  error: 'E',
  fatal: 'F',
  other: '?',
}

export interface SeenEvent {
  readonly at: number
  readonly text: string
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
  readonly events: readonly SeenEvent[]
  /** The last records of a worker since it is followed, by its mailbox. */
  readonly records: (mailbox: string) => readonly string[]
}

/** Asks the listener once a second, and follows the logs. */
export class Sampler {
  readonly #channel: Channel
  readonly #follower: LogDirectoryFollower
  readonly #histories = new Map<string, number[]>()
  readonly #events: SeenEvent[] = []
  #records: string[] = []
  #followed: { readonly mailbox: string; readonly needle: Buffer } | undefined
  #last: { readonly status: StatusReport; readonly at: number } | undefined

  constructor(channel: Channel, logs: () => Promise<readonly string[]>) {
    this.#channel = channel
    this.#follower = new LogDirectoryFollower(logs, (portion) => this.#read(portion))
  }

  /** @param worker - `undefined` to follow none */
  follow(worker: { readonly id: string; readonly pid: number } | undefined): void {
    this.#records = []
    this.#followed = worker && { mailbox: worker.id, needle: Buffer.from(`"pid":${worker.pid},`) }
  }

  async sample(): Promise<Sampled> {
    await this.#follower.findLogs()
    const status = await gatherStatus(this.#channel)
    const at = performance.now()
    const last = this.#last
    const rates = last && ratesBetween(last.status, status, (at - last.at) / 1000)
    this.#last = { status, at }
    this.#remember(status, rates)
    return {
      status,
      now: Date.now(),
      rates,
      history: (mailbox) => this.#histories.get(mailbox) ?? [],
      levels: (file) => this.#levelsOf(file),
      events: this.#events,
      records: (mailbox) => (mailbox === this.#followed?.mailbox ? this.#records : []),
    }
  }

  close(): Promise<void> {
    return this.#follower.close()
  }

  #remember({ mailboxes }: StatusReport, rates: Rates | undefined): void {
    const there = new Set(mailboxes.map(({ id }) => id))
    for (const id of this.#histories.keys()) if (!there.has(id)) this.#histories.delete(id)
    for (const id of there) {
      const history = this.#histories.get(id) ?? Array.from({ length: SECONDS }, () => 0)
      history.push(rates?.mailboxes.get(id)?.records ?? 0)
      history.splice(0, history.length - SECONDS)
      this.#histories.set(id, history)
    }
  }

  #levelsOf(file: string): string {
    const records = this.#follower.counters.get(file)?.records ?? new Map<string, number>()
    const total = [...records.values()].reduce((sum, count) => sum + count, 0)
    const shares = [...records].filter(([, count]) => count > 0)
    return shares.map(([level, count]) => `${SHORT_LEVELS[level] ?? level}${percent(count, total)}`).join(' ')
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
    const { time } = record
    this.#events.push({ at: typeof time === 'number' ? time : Date.now(), text: notice.text })
    this.#events.splice(0, this.#events.length - MOST_EVENTS)
  }
}

/** A share that is not 0 is at least 1. */
function percent(count: number, total: number): number {
  return Math.max(1, Math.round((count / total) * 100))
}

import { isRecord, PINO_LEVELS, recordTime } from '@pino-funnel/channel'
import { levelOfLine, parseRecord } from '@pino-funnel/listener/records'
import type { Portion } from '@pino-funnel/reader'
import { PositionMarks } from './position-marks.ts'

const NEWLINE = 0x0a
const OPENING_BRACE = 0x7b
const NOTICE = Buffer.from('"name":"pino-funnel"')
/** Upper bounds in seconds. Less does not matter to a person. */
export const DELAY_BOUNDS: readonly number[] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** A file system's clock is read from a tick of the kernel, which may be so old. */
const FILE_CLOCK_MS = 20
const OTHER = 'other'
/** Causes of drops whose series begin at 0: an alert on an increase would not see a series that begins at 47. */
const USUAL_CAUSES = [
  'mailbox full',
  'channel full',
  OTHER,
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'EACCES',
  'EROFS',
] as const
/** Further causes that have a series of their own. */
const SYSTEM_CODE = /^E[A-Z]{2,15}$/
const MOST_CAUSES = 20

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(PINO_LEVELS).map(([name, number]) => [number, name]))

/**
 * What a log has got since it is followed. The log has each record once, whichever workers and listeners are killed, so
 * these counts do not depend on their lives.
 */
export class LogCounters {
  /** By the name of the level; others are `other`. */
  readonly records: Map<string, number> = new Map(Object.keys(PINO_LEVELS).map((name) => [name, 0]))
  bytes = 0
  rotations = 0
  /** By cause. */
  readonly dropped: Map<string, number> = new Map(USUAL_CAUSES.map((cause) => [cause, 0]))
  /** By the name of the level, as `records`. */
  readonly droppedByLevel: Map<string, number> = new Map(Object.keys(PINO_LEVELS).map((name) => [name, 0]))
  readonly ends: Record<'died' | 'left', number> = { died: 0, left: 0 }
  readonly stalls: Record<'stalled' | 'stopped', number> = { stalled: 0, stopped: 0 }
  /** Observations of the delay by upper bound, and above all bounds. */
  readonly delays: number[] = Array.from({ length: DELAY_BOUNDS.length + 1 }, () => 0)
  delaySum = 0
  readonly #marks: PositionMarks

  /** @param since - ms since the epoch */
  constructor(since: number = Date.now()) {
    this.#marks = new PositionMarks(since)
  }

  /**
   * How old the oldest record is that a reader does not have yet.
   *
   * @param position - up to where it has the log; it has not all of it
   * @param now - ms since the epoch
   * @returns ms; of records from before the log was followed, since then
   */
  ageAt(position: number, now: number): number {
    return this.#marks.ageAt(position, now)
  }

  addRotation(): void {
    this.rotations += 1
  }

  /**
   * @param now - ms since the epoch
   * @param written - when the file last changed, as its file system says; ms since the epoch
   */
  add({ bytes, address, offset }: Portion, now: number, written: number = now): void {
    this.bytes += bytes.length
    if (address) this.#marks.add(address.file.base + offset, address.file.base + offset + bytes.length, now)
    // Most portions have none.
    const hasNotices = bytes.includes(NOTICE)
    let last = 0
    for (let from = 0; from < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, from)
      const to = newline === -1 ? bytes.length : newline
      if (to > from) this.#addLine(bytes, from, to, hasNotices)
      last = from
      from = to + 1
    }
    this.#addDelay(bytes.subarray(last), now, written)
  }

  #addLine(bytes: Buffer, from: number, to: number, hasNotices: boolean): void {
    const level = bytes[from] === OPENING_BRACE ? levelOfLine(bytes, from, to) : NaN
    increase(this.records, NAMES.get(level) ?? OTHER, 1)
    if (!hasNotices) return
    const line = bytes.subarray(from, to)
    if (line.includes(NOTICE)) this.#addNotice(parseRecord(line)?.['funnel'])
  }

  /** Any program may write such a record: no field is trusted. */
  #addNotice(notice: unknown): void {
    if (!isRecord(notice)) return
    const { event, causes, levels } = notice
    if (event === 'died' || event === 'left') this.ends[event] += 1
    else if (event === 'stalled' || event === 'stopped') this.stalls[event] += 1
    else if (event === 'dropped' && isRecord(causes)) {
      for (const [cause, count] of Object.entries(causes)) {
        if (isCount(count)) increase(this.dropped, this.#causeOf(cause), count)
      }
      for (const [level, count] of Object.entries(isRecord(levels) ? levels : {})) {
        if (isCount(count)) increase(this.droppedByLevel, NAMES.get(Number(level)) ?? OTHER, count)
      }
    }
  }

  #causeOf(cause: string): string {
    if (this.dropped.has(cause)) return cause
    return SYSTEM_CODE.test(cause) && this.dropped.size < MOST_CAUSES ? cause : OTHER
  }

  /** Of the last record of a portion: from the log call until it was in the file. */
  #addDelay(line: Buffer, now: number, written: number): void {
    const time = recordTime(parseRecord(line)?.['time'])
    if (Number.isNaN(time)) return
    // The file system of another machine has another clock: then it counts until the record is read.
    const end = written < time - FILE_CLOCK_MS ? now : Math.min(written, now)
    const seconds = Math.max(0, end - time) / 1000
    const at = DELAY_BOUNDS.findIndex((bound) => seconds <= bound)
    const index = at === -1 ? DELAY_BOUNDS.length : at
    this.delays[index] = (this.delays[index] ?? 0) + 1
    this.delaySum += seconds
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value > 0
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

/**
 * What went on in a log, from the log alone: when which worker logged how much, and what became of it.
 *
 * What always holds in this room: a log is read once, from its oldest file on, and never changed. Memory does not grow
 * with the log: buckets, lanes and events are bounded, and what is beyond a bound is counted. Texts of the log are data:
 * no page and no terminal takes them for anything else.
 */

/** Times are ms since the epoch. */
export interface Timeline {
  /** The path of the live file. */
  readonly log: string
  /** Where the first bucket begins. */
  readonly from: number
  /** Where the last bucket ends. */
  readonly to: number
  /** Of a bucket. */
  readonly width: number
  readonly records: number
  /** Records of all lanes by bucket. */
  readonly counts: readonly number[]
  /** By pool, slot and process. */
  readonly lanes: readonly Lane[]
  /** When listeners changed, as far as records of pino-funnel show it. */
  readonly listeners: readonly TimelineEvent[]
  readonly rotations: readonly TimelineEvent[]
  /** All of it in the order of time; the youngest, where there are too many. */
  readonly events: readonly TimelineEvent[]
  /** Events that are not kept. */
  readonly olderEvents: number
  /** Lines that are not records, such as stack traces. */
  readonly otherLines: number
  /** Records without a time that a clock can have shown. */
  readonly untimed: number
  /** Parts of the log that can't be read, a sentence each. */
  readonly gaps: readonly string[]
}

/** A place in a pool, or a worker without one. */
export interface Lane {
  /** Such as `cluster 3`, and `9145` or `9145-2` for a worker that is in no pool. */
  readonly name: string
  readonly program: string | undefined
  /** The workers that had the place, such as `9145` and `10594`; the youngest ones. */
  readonly workers: readonly string[]
  readonly records: number
  /** Records by bucket. */
  readonly counts: readonly number[]
  readonly spans: readonly Span[]
  readonly marks: readonly TimelineEvent[]
}

/** For how long a worker stood still. */
export interface Span {
  readonly state: 'stalled' | 'stopped'
  readonly from: number
  readonly to: number
  /** Whether it still stood still when the worker, or the log, ended. */
  readonly isOpen: boolean
}

export type TimelineEventKind =
  | 'joined'
  | 'left'
  | 'died'
  | 'replaced'
  | 'stalled'
  | 'stopped'
  | 'resumed'
  | 'dropped'
  | 'level'
  | 'trouble'
  | 'listener'
  | 'rotated'
  | 'gap'

export interface TimelineEvent {
  readonly kind: TimelineEventKind
  readonly at: number
  /** The lane that it belongs to; `undefined` for one of the log. */
  readonly lane: string | undefined
  /** Such as `9145 died: killed by SIGKILL`. */
  readonly text: string
}

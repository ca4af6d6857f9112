/** The answer to `status`: what a listener reports about itself. */
import type { MailboxPosition } from '../mailbox/position.ts'

/** A listener's report about itself. Times are ms since the epoch, sizes bytes. */
export interface ListenerStatus {
  readonly pid: number
  readonly epoch: number
  readonly since: number
  readonly version: string
  /** Whether the listener before it did not leave, but was killed. */
  readonly isAfterCrash: boolean
  readonly memory: number
  readonly files: readonly LogFileStatus[]
  readonly mailboxes: readonly MailboxStatus[]
}

export interface LogFileStatus {
  readonly file: string
  /** Bytes this listener has appended. */
  readonly bytes: number
  /** Records this listener has appended. */
  readonly records: number
  /** Where its records also go. */
  readonly sinks: readonly SinkStatus[]
  /** The shippers that this listener has launched for it. */
  readonly shippers: readonly LaunchedShipper[]
  /** Times this listener has rotated it. */
  readonly rotations: number
  /**
   * Why it currently can't be appended to or rotated, or its rotated files can't be compressed or deleted; else `null`.
   */
  readonly trouble: string | null
}

export interface MailboxStatus {
  readonly id: string
  readonly file: string
  readonly pid: number
  readonly threadId: number
  readonly program: string
  readonly pool: string | null
  /** The worker's number in its pool. */
  readonly slot: number | null
  readonly since: number
  readonly form: string
  readonly liveness: 'connected' | 'alive' | 'unknown' | 'sealed' | 'dead'
  /** What its event loop does; `null` where that is not known. */
  readonly activity: WorkerActivity | null
  /** Up to where it is in the log file. */
  readonly position: MailboxPosition
  /** What was collected from it, by whichever listeners. */
  readonly bytes: number
  readonly records: number
  /** When this listener has collected the last record, `null` when it has none yet. */
  readonly last: number | null
  /** Whether its loggers follow orders of levels; `null` when it has not said so, or not since the last order. */
  readonly level: LevelReport | null
}

/** What a worker says about orders of levels. */
export interface LevelReport {
  /** How many loggers follow, children not counted. */
  readonly loggers: number
  /** The level that was ordered, `null` for its own. */
  readonly level: string | null
  /** When the order ends, ms since the epoch; `null` without one. */
  readonly until: number | null
  /** Why the order can't be obeyed; `null` when it is. */
  readonly error: string | null
}

/** `stalled`: the process is alive, but its event loop does not turn. `stopped`: by a signal. */
export interface WorkerActivity {
  readonly state: 'running' | 'stalled' | 'stopped'
  /** `null` while it runs. */
  readonly since: number | null
}

/**
 * - `starting`: its process is being started
 * - `running`
 * - `hung`: takes nothing of what it was given, and will be killed
 * - `restarting`: it failed, and the next start waits
 * - `closing`: takes what is left
 * - `closed`
 */
export type SinkState = 'starting' | 'running' | 'hung' | 'restarting' | 'closing' | 'closed'

/** A listener's report about one sink. Counts are of records. */
export interface SinkStatus {
  readonly sink: string
  readonly state: SinkState
  readonly pid: number | null
  /** Given to the target's stream, which has taken them. */
  readonly delivered: number
  /** Let go because too much waited or the listener left. */
  readonly dropped: number
  /** In the hands of a process of the sink that ended: they may have arrived, and are not sent again. */
  readonly unconfirmed: number
  /** Bytes that wait. */
  readonly waiting: number
  readonly restarts: number
  /** Why it was last restarted. */
  readonly lastError: string | null
}

/**
 * A listener's report about a shipper that it has launched. How far the shipper is, it says itself.
 *
 * - `missing`: its package is not installed
 * - others: see {@link SinkState}
 */
export interface LaunchedShipper {
  readonly ship: string
  readonly state: Exclude<SinkState, 'hung'> | 'missing'
  readonly pid: number | null
  readonly restarts: number
  /** Why it was last restarted, or does not run. */
  readonly lastError: string | null
}

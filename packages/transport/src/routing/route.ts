/**
 * A route leads each line of a destination to the outlet of its log file.
 *
 * What always holds in this room: each line goes to one outlet only.
 *
 * Either all lines go to one file (direct-route.ts), or the value of a field decides (divided-route.ts).
 */
import type { AppendingOutlet } from '../development/appending-outlet.ts'
import type { Outlet } from '../producer/outlet.ts'

/** Where lines go: to a mailbox, or in the development mode to the log file itself. */
export type LogOutlet = Outlet | AppendingOutlet

export interface Route {
  /** The open outlets, each once; there is always one. */
  readonly outlets: readonly LogOutlet[]
  /** Those that a flush concerns. It makes their log files, also without a line. */
  readonly toFlush: readonly LogOutlet[]
  outletFor(line: string): LogOutlet
  /** Divides whole lines among the outlets, and keeps the order of those of each outlet. */
  divide(lines: string): Iterable<readonly [LogOutlet, string]>
  /** Releases all outlets. */
  close(): void
}

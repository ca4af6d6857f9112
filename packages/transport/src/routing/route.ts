/**
 * A route leads each line of a destination to the outlet of its log file.
 *
 * What always holds in this room: each line goes to one outlet only.
 *
 * Either all lines go to one file (direct-route.ts), or the value of a field decides (divided-route.ts).
 */
import type { Outlet } from '../producer/outlet.ts'

export interface Route {
  /** The open outlets, each once; there is always one. */
  readonly outlets: readonly Outlet[]
  /** Those that a flush concerns. It makes their log files, also without a line. */
  readonly toFlush: readonly Outlet[]
  outletFor(line: string): Outlet
  /** Divides whole lines among the outlets, and keeps the order of those of each outlet. */
  divide(lines: string): Iterable<readonly [Outlet, string]>
  /** Releases all outlets. */
  close(): void
}

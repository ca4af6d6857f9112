/**
 * How this listener shares out its file descriptors (`ulimit -n`), so that more workers than it has descriptors for are
 * all served, in turn.
 *
 * A worker takes four where there is enough: its connection, its segment, and two files of the kernel's statistics.
 * Where there is not, the statistics are opened for each reading first, then the segments, and the last workers have no
 * connection: they are read at fallback polls.
 */
import { readFileSync } from 'node:fs'

export interface Shares {
  /** Workers up to which all segments stay open. */
  readonly segments: number
  /** Connections to workers, of either side. */
  readonly sockets: number
  /** How many of these connections are kept for visitors: candidates and commands. */
  readonly visitors: number
  /** Threads whose statistics stay open. */
  readonly threads: number
  /** Log files that stay open. Further ones, of a log for each worker say, are opened for each batch. */
  readonly logs: number
}

/** More than any machine has workers. It bounds what a client in a loop can make the listener hold. */
const MOST_SOCKETS = 8192
const MOST_VISITORS = 16
const MOST_LOGS = 100

/** @param limit - descriptors that this process may have */
export function sharesOf(limit: number): Shares {
  const sockets = Math.min(MOST_SOCKETS, Math.floor(limit / 2))
  return {
    segments: Math.floor(limit / 4),
    sockets,
    visitors: Math.min(MOST_VISITORS, Math.floor(sockets / 8)),
    // Two descriptors each.
    threads: Math.floor(limit / 16),
    logs: Math.min(MOST_LOGS, Math.floor(limit / 8)),
  }
}

/** Read once: Node.js raises the limit as far as it may when it starts. */
export const shares: Shares = sharesOf(limitOfOpenFiles())

/** `Infinity` where it is not known. */
function limitOfOpenFiles(): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return limit === undefined ? Infinity : Number(limit)
  } catch {
    return Infinity
  }
}

import type { SyncPolicy } from '@pino-funnel/channel'
import { levelOfLine } from '../lines/line-level.ts'

const NEWLINE = 0x0a

/** When a log file must be synced: the strictest wish of all its writers. */
export class Durability {
  #interval = Infinity
  #level = Infinity

  /** Takes a writer's wish into account. */
  add(policy: SyncPolicy): void {
    if (policy === 'never') return
    if ('interval' in policy) this.#interval = Math.min(this.#interval, policy.interval)
    else this.#level = Math.min(this.#level, policy.level)
  }

  /** Whether anybody wants anything synced. */
  get isWanted(): boolean {
    return this.#interval < Infinity || this.#level < Infinity
  }

  /** The longest time in ms that something may be unsynced; `Infinity` when nobody has set one. */
  get interval(): number {
    return this.#interval
  }

  /** Whether one of these lines is of a level that must be on the disk at once. Who tells none counts as the highest. */
  demandsSync(lines: Buffer): boolean {
    if (this.#level === Infinity) return false
    for (let at = 0; at < lines.length;) {
      const end = lines.indexOf(NEWLINE, at)
      if (levelOfLine(lines, at, end) >= this.#level) return true
      at = end + 1
    }
    return false
  }
}

import type { SyncPolicy } from '@pino-funnel/channel'
import { endOfLine } from '../lines/each-line.ts'
import { levelOfLine } from '../lines/line-level.ts'

/** When a log file must be synced: the strictest policy of its writers. */
export class Durability {
  #interval = Infinity
  #level = Infinity

  /** Begins again: the writers of these policies are there, and no others. */
  reset(policies: Iterable<SyncPolicy>): void {
    this.#interval = this.#level = Infinity
    for (const policy of policies) this.add(policy)
  }

  /** Takes a writer's policy into account. */
  add(policy: SyncPolicy): void {
    if (policy === 'never') return
    if ('interval' in policy) this.#interval = Math.min(this.#interval, policy.interval)
    else this.#level = Math.min(this.#level, policy.level)
  }

  /** Whether any writer wants syncs. */
  get isWanted(): boolean {
    return this.#interval < Infinity || this.#level < Infinity
  }

  /** The longest time in ms that lines may be unsynced; `Infinity` when no writer has set one. */
  get interval(): number {
    return this.#interval
  }

  /**
   * Whether a level among these lines must be on the disk at once. A line without a level counts as the highest level.
   */
  demandsSync(lines: Buffer): boolean {
    if (this.#level === Infinity) return false
    for (let from = 0; from < lines.length;) {
      const end = endOfLine(lines, from)
      if (levelOfLine(lines, from, end) >= this.#level) return true
      from = end
    }
    return false
  }
}

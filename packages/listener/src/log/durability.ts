import type { SyncPolicy } from '@pino-funnel/channel'

const LEVEL = Buffer.from('"level":')
const NEWLINE = 0x0a
const ZERO = 0x30
const NINE = 0x39

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

  /** Whether one of these lines is of a level that must be on the disk at once. */
  demandsSync(lines: Buffer): boolean {
    if (this.#level === Infinity) return false
    for (let at = 0; at < lines.length;) {
      const end = lines.indexOf(NEWLINE, at)
      if (numericLevel(lines, at, end) >= this.#level) return true
      at = end + 1
    }
    return false
  }
}

/** pino writes the level first. A line that tells none, or by name, is taken to be of the highest: rather synced. */
function numericLevel(lines: Buffer, from: number, to: number): number {
  const at = lines.indexOf(LEVEL, from)
  if (at === -1 || at >= to) return Infinity
  let level = 0
  let digit = at + LEVEL.length
  for (; isDigit(lines[digit]); digit += 1) level = level * 10 + (lines[digit] ?? 0) - ZERO
  return digit === at + LEVEL.length ? Infinity : level
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

/**
 * Holds of a log: retention spares what a reader has not read. A hold spares a file from `limit.count` and `limit.age`; from
 * `limit.bytes` and `limit.free` it does so while no more than its budget is unread.
 */
import { leftOutBetween, type LedgerFile, type StoredHold } from '@pino-funnel/ledger'

/** - `over budget`: each reader that has not read the file has more unread than its budget. */
export type HoldState = 'free' | 'held' | 'over budget'

/** Bytes that a reader has lost by a deletion. */
export interface Loss {
  readonly hold: string
  readonly from: number
  readonly to: number
  /** Fewer than lie between the two where positions were left out. */
  readonly bytes: number
}

/** A hold, and how far it is behind. */
export interface HoldLag {
  readonly hold: string
  readonly unread: number
  readonly budget: number
}

interface Waiting {
  readonly name: string
  position: number
  readonly budget: number
}

export class LogHolds {
  readonly #holds: readonly Waiting[]
  /** Rotated files by the name before compression: where they end. */
  readonly #ends: ReadonlyMap<string, number>
  readonly #head: number
  readonly #noted: readonly LedgerFile[]

  /**
   * @param files - those that are there, the oldest first
   * @param head - the end of the log
   * @param noted - all files of the ledger
   */
  constructor(
    holds: readonly StoredHold[],
    files: readonly LedgerFile[],
    head: number,
    noted: readonly LedgerFile[] = files,
  ) {
    const oldest = files[0]?.base ?? 0
    this.#holds = holds.map(({ name, position, budget }) => ({ name, position: Math.max(position, oldest), budget }))
    this.#ends = new Map(files.flatMap(({ name, base, length }) => (name === undefined ? [] : [[name, base + length]])))
    this.#head = head
    this.#noted = noted
  }

  get lags(): HoldLag[] {
    return this.#holds.map(({ name, position, budget }) => ({ hold: name, unread: this.#unreadFrom(position), budget }))
  }

  /** @param original - name of a rotated file, before compression */
  stateOf(original: string): HoldState {
    const holders = this.#holdersOf(original)
    if (holders.length === 0) return 'free'
    return holders.every(({ position, budget }) => this.#unreadFrom(position) > budget) ? 'over budget' : 'held'
  }

  /** The oldest file is going to be deleted. @returns what that takes from whom */
  take(original: string): Loss[] {
    const end = this.#ends.get(original) ?? 0
    return this.#holdersOf(original).map((holder) => {
      const { name, position } = holder
      const loss = { hold: name, from: position, to: end, bytes: this.#bytesBetween(position, end) }
      holder.position = end
      return loss
    })
  }

  #unreadFrom(position: number): number {
    return this.#bytesBetween(position, this.#head)
  }

  /** Positions that were left out have no bytes. */
  #bytesBetween(from: number, to: number): number {
    return to - from - leftOutBetween({ files: this.#noted }, from, to)
  }

  #holdersOf(original: string): readonly Waiting[] {
    const end = this.#ends.get(original)
    return end === undefined ? [] : this.#holds.filter(({ position }) => position < end)
  }
}

export const NO_HOLDS: LogHolds = new LogHolds([], [], 0)

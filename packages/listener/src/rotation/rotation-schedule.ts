import type { RotationOptions } from '@pino-funnel/channel'
import { periodStart } from './dates.ts'

/** When a log file is to be rotated, by its size and by the clock. The clock decides when, never what is kept. */
export class RotationSchedule {
  readonly #options: RotationOptions
  #begun = 0
  #isEnded = false
  #period: number | undefined

  constructor(options: RotationOptions) {
    this.#options = options
  }

  /** @param time - when the file had its last record, or, when it is empty, now; ms since the epoch */
  begin(time: number): void {
    this.#begun = time
    this.#isEnded = false
    this.#period = this.#periodOf(time)
  }

  /** When the period of the file began, or the file itself when there are no periods. */
  get begun(): number {
    return this.#period ?? this.#begun
  }

  /** Whether the file belongs to another period than now: an earlier one, or a later one if the clock was set back. */
  isOver(now: number): boolean {
    return this.#isEnded || this.#periodOf(now) !== this.#period
  }

  /** Whatever the file's age and size, it is to be rotated. */
  end(): void {
    this.#isEnded = true
  }

  /**
   * @param size - of the file, in bytes
   * @param now - ms since the epoch
   * @returns bytes that may still be appended, 0 when the file is to be rotated
   */
  room(size: number, now: number): number {
    if (this.isOver(now)) return 0
    return this.#options.size === undefined ? Infinity : Math.max(0, this.#options.size - size)
  }

  #periodOf(time: number): number | undefined {
    const { frequency, utc } = this.#options
    return frequency === undefined ? undefined : periodStart(time, frequency, utc)
  }
}

import type { RotationOptions } from '@pino-funnel/channel'
import { periodStart } from './dates.ts'

/** When a log file must be rotated, by its size and by the clock. The clock never decides which files are kept. */
export class RotationSchedule {
  readonly #options: RotationOptions
  #begun = 0
  #isEnded = false
  #period: number | undefined

  constructor(options: RotationOptions) {
    this.#options = options
  }

  /** @param time - of the file's last record, or now for an empty file; ms since the epoch */
  begin(time: number): void {
    this.#begun = time
    this.#isEnded = false
    this.#period = this.#periodOf(time)
  }

  /** The beginning of the file's period, or of the file itself when there are no periods. */
  get begun(): number {
    return this.#period ?? this.#begun
  }

  /** Whether the file's period is not the current one. It may be a later one, if the clock was set back. */
  isOver(now: number): boolean {
    return this.#isEnded || this.#periodOf(now) !== this.#period
  }

  /** Ends the file's time, whatever its age and size. */
  end(): void {
    this.#isEnded = true
  }

  /**
   * @param size - of the file, in bytes
   * @param now - ms since the epoch
   * @returns bytes that may still be appended, 0 when the file must be rotated
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

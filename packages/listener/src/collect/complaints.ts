/** Beyond so many subjects at once, others are not reported: the first ones show what is wrong. */
const MOST_SUBJECTS = 100
/** A complaint that comes again after so long is news. */
const FORGOTTEN_MS = 60 * 60 * 1000

interface Complaint {
  readonly text: string
  /** When it was reported, by performance.now(). */
  readonly at: number
}

/** What failed and is tried again. The same complaint is reported once an hour, and again when it has worked meanwhile. */
export class Complaints {
  readonly #report: (message: string) => void
  /** The last complaint about each subject, in the order of their times. */
  readonly #last = new Map<string, Complaint>()

  constructor(report: (message: string) => void) {
    this.#report = report
  }

  about(subject: string, error: unknown): void {
    const text = String(error)
    this.#forgetOld()
    if (this.#last.get(subject)?.text === text) return
    if (this.#last.size >= MOST_SUBJECTS && !this.#last.has(subject)) return
    this.#last.delete(subject)
    this.#last.set(subject, { text, at: performance.now() })
    this.#report(`${subject}: ${text}`)
  }

  #forgetOld(): void {
    const now = performance.now()
    for (const [subject, { at }] of this.#last) {
      if (now - at < FORGOTTEN_MS) return
      this.#last.delete(subject)
    }
  }

  /** Takes a step that must not keep others from being taken. */
  readonly attempt = (subject: string, step: () => void): void => {
    try {
      step()
      this.#last.delete(subject)
    } catch (error) {
      this.about(subject, error)
    }
  }
}

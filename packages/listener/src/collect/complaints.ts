/** Complaints are forgotten beyond so many subjects: they may be reported once more then. */
const MOST_SUBJECTS = 100

/** What failed and is tried again. The same complaint is reported once, until what it is about has worked. */
export class Complaints {
  readonly #report: (message: string) => void
  /** The last complaint about each subject. */
  readonly #last = new Map<string, string>()

  constructor(report: (message: string) => void) {
    this.#report = report
  }

  about(subject: string, error: unknown): void {
    const complaint = String(error)
    if (this.#last.get(subject) === complaint) return
    if (this.#last.size >= MOST_SUBJECTS) this.#last.clear()
    this.#last.set(subject, complaint)
    this.#report(`${subject}: ${complaint}`)
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

import type { FunnelError, FunnelErrorCode } from '@pino-funnel/channel'

/** Takes a recoverable error, as the event `warning` of a destination. */
export type Warn = (error: FunnelError) => void

type Subject = 'options' | 'files' | 'trouble'

/** The subjects that the process was warned of: one process warning for each is enough. */
export type WarnedSubjects = Set<Subject>

/** Troubles come and go, and one leads to the next; a configuration that can't work is another subject. */
const SUBJECTS: Readonly<Partial<Record<FunnelErrorCode, Subject>>> = {
  FUNNEL_OPTIONS_DIFFER: 'options',
  FUNNEL_TOO_MANY_LOG_FILES: 'files',
}

/** Reported once for each cause: each one is news. */
const EACH_IS_NEWS: ReadonlySet<FunnelErrorCode> = new Set(['FUNNEL_LAUNCH_FAILED', 'FUNNEL_LISTENER_MISSING'])

/** Passes a recoverable error to each destination of a log file, and the first of its subject to the process. */
export class Warnings {
  readonly #destinations = new Set<Warn>()
  readonly #warned: WarnedSubjects

  constructor(warned: WarnedSubjects) {
    this.#warned = warned
  }

  get hasDestinations(): boolean {
    return this.#destinations.size > 0
  }

  add(destination: Warn): void {
    this.#destinations.add(destination)
  }

  remove(destination: Warn): void {
    this.#destinations.delete(destination)
  }

  warn(error: FunnelError): void {
    for (const destination of this.#destinations) destination(error)
    const subject = SUBJECTS[error.code] ?? 'trouble'
    if (!EACH_IS_NEWS.has(error.code)) {
      if (this.#warned.has(subject)) return
      this.#warned.add(subject)
    }
    process.emitWarning(error.message, { code: error.code, type: 'PinoFunnelWarning' })
  }
}

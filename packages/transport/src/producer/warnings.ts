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

/** Errors that concern several log files, such as a launch that has failed, are one process warning. */
const emitted = new WeakSet<FunnelError>()

/** Passes a recoverable error to each destination of a log file, and the first of its subject to the process. */
export class Warnings {
  /**
   * Weak: where the registry of modules is reset, destinations are forgotten without an end, and with them the whole
   * registry must be free to go.
   */
  readonly #destinations = new Set<WeakRef<Warn>>()
  /** Those that were not removed. */
  #count = 0
  readonly #warned: WarnedSubjects

  constructor(warned: WarnedSubjects) {
    this.#warned = warned
  }

  get hasDestinations(): boolean {
    return this.#count > 0
  }

  /** @param destination - to be kept by the caller */
  add(destination: Warn): void {
    for (const known of this.#destinations) if (!known.deref()) this.#destinations.delete(known)
    this.#destinations.add(new WeakRef(destination))
    this.#count += 1
  }

  remove(destination: Warn): void {
    for (const known of this.#destinations) if (known.deref() === destination) this.#destinations.delete(known)
    this.#count -= 1
  }

  warn(error: FunnelError): void {
    for (const destination of this.#destinations) destination.deref()?.(error)
    const subject = SUBJECTS[error.code] ?? 'trouble'
    if (EACH_IS_NEWS.has(error.code)) {
      if (emitted.has(error)) return
      emitted.add(error)
    } else {
      if (this.#warned.has(subject)) return
      this.#warned.add(subject)
    }
    process.emitWarning(error.message, { code: error.code, type: 'PinoFunnelWarning' })
  }
}

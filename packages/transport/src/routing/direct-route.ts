import type { ResolvedOptions } from '../options/resolve-options.ts'
import type { Warn } from '../producer/warnings.ts'
import { openOutlet } from './open-outlet.ts'
import type { LogOutlet, Route } from './route.ts'

/** All lines of a destination go to one log file. */
export class DirectRoute implements Route {
  readonly outlets: readonly [LogOutlet]
  readonly #outlet: LogOutlet
  readonly #warn: Warn

  constructor(options: ResolvedOptions, warn: Warn) {
    this.#warn = warn
    this.#outlet = openOutlet(options, warn)
    this.outlets = [this.#outlet]
  }

  get toFlush(): readonly [LogOutlet] {
    return this.outlets
  }

  outletFor(): LogOutlet {
    return this.#outlet
  }

  divide(lines: string): [[LogOutlet, string]] {
    return [[this.#outlet, lines]]
  }

  close(): void {
    this.#outlet.release(this.#warn)
  }
}

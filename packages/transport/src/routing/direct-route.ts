import type { ResolvedOptions } from '../options/resolve-options.ts'
import { Outlet } from '../producer/outlet.ts'
import type { Warn } from '../producer/warnings.ts'
import type { Route } from './route.ts'

/** All lines of a destination go to one log file. */
export class DirectRoute implements Route {
  readonly outlets: readonly [Outlet]
  readonly #outlet: Outlet
  readonly #warn: Warn

  constructor(options: ResolvedOptions, warn: Warn) {
    this.#warn = warn
    this.#outlet = Outlet.acquire(options, warn)
    this.outlets = [this.#outlet]
  }

  get toFlush(): readonly [Outlet] {
    return this.outlets
  }

  outletFor(): Outlet {
    return this.#outlet
  }

  divide(lines: string): [[Outlet, string]] {
    return [[this.#outlet, lines]]
  }

  close(): void {
    this.#outlet.release(this.#warn)
  }
}

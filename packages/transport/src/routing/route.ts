import { DividedRoute } from './divided-route.ts'
import { Outlet, type Tell } from '../producer/outlet.ts'
import type { ResolvedDestination } from '../options/resolve-options.ts'

/** Which outlet the lines of a destination go to: always the same one, or one that depends on the line. */
export interface Route {
  /** Those that are open, each once; there is always one. */
  readonly outlets: readonly Outlet[]
  outletFor(line: string): Outlet
  /** Divides whole lines among the outlets, with each one's in their order. */
  divide(lines: string): Iterable<readonly [Outlet, string]>
  /** Lets go of all outlets. */
  close(): void
}

/**
 * @param tell - is told of trouble
 * @throws as `Outlet.acquire`
 */
export function openRoute(options: ResolvedDestination, tell: Tell): Route {
  const { division } = options
  return division ? new DividedRoute(options, division, tell) : new DirectRoute(options, tell)
}

/** All lines of a destination go to one log file. */
class DirectRoute implements Route {
  readonly outlets: readonly [Outlet]
  readonly #outlet: Outlet
  readonly #tell: Tell

  constructor(options: ResolvedDestination, tell: Tell) {
    this.#tell = tell
    this.#outlet = Outlet.acquire(options, tell)
    this.outlets = [this.#outlet]
  }

  outletFor(): Outlet {
    return this.#outlet
  }

  divide(lines: string): [[Outlet, string]] {
    return [[this.#outlet, lines]]
  }

  close(): void {
    this.#outlet.release(this.#tell)
  }
}

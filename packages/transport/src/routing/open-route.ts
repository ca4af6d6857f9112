import type { ResolvedDestination } from '../options/resolve-options.ts'
import type { Warn } from '../producer/warnings.ts'
import { DirectRoute } from './direct-route.ts'
import { DividedRoute } from './divided-route.ts'
import type { Route } from './route.ts'

/**
 * @param warn - takes recoverable errors
 * @throws as `Outlet.acquire`
 */
export function openRoute(options: ResolvedDestination, warn: Warn): Route {
  const { division } = options
  return division ? new DividedRoute(options, division, warn) : new DirectRoute(options, warn)
}

import { canHaveChannels } from '@pino-funnel/channel'
import { AppendingOutlet } from '../development/appending-outlet.ts'
import type { ResolvedOptions } from '../options/resolve-options.ts'
import { Outlet } from '../producer/outlet.ts'
import type { Warn, WarnedSubjects } from '../producer/warnings.ts'
import type { LogOutlet } from './route.ts'

/**
 * @param warn - takes recoverable errors; a function of its own for each destination
 * @param warned - shared by outlets that need one process warning together
 * @throws as `Outlet.acquire`
 */
export function openOutlet(options: ResolvedOptions, warn: Warn, warned?: WarnedSubjects): LogOutlet {
  return canHaveChannels() ? Outlet.acquire(options, warn, warned) : new AppendingOutlet(options, warn, warned)
}

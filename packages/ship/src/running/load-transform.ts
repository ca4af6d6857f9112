import { FunnelError, isRecord, refuseForeignModule } from '@pino-funnel/channel'
import { pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { asynchronous, type Transform } from '../shipping/outgoing.ts'

/**
 * Loads a module whose default export changes records on their way out.
 *
 * @param path - absolute
 * @throws FunnelError `FUNNEL_OPTION_INVALID` for a module without such a function, `FUNNEL_SHIP_UNUSABLE` for an asynchronous function; what the module throws
 */
export async function loadTransform(path: string): Promise<Transform> {
  const { href } = pathToFileURL(refuseForeignModule(path, __filename))
  const module: unknown = await import(href)
  const given = isRecord(module) ? module['default'] : undefined
  const transform = isRecord(given) ? given['default'] : given
  if (types.isAsyncFunction(transform)) throw asynchronous()
  if (typeof transform === 'function') return transform as Transform
  throw new FunnelError(
    'FUNNEL_OPTION_INVALID',
    `The default export of ${path} must be a function (line, { id }) that returns a line; got ${typeof transform}.`,
  )
}

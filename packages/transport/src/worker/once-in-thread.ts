/**
 * What a thread has once, however often this package is loaded in it. Test runners reset their registry of modules for
 * each file or test, and each copy of this module would have an `exit` listener, a mailbox and a connection of its own.
 *
 * Copies share only with copies of the same file, which have the same code: a process may have two versions.
 */
import { realProcess } from '@pino-funnel/channel/captured'

/** A bundle that is an ES module does not know its file. */
const HERE = typeof __filename === 'string' ? __filename : undefined
const KEY = Symbol.for(`pino-funnel ${HERE}`)

/** @param make - called by the first copy of this module */
export function onceInThread<T>(name: string, make: () => T): T {
  if (HERE === undefined) return make()
  const holder = realProcess as unknown as Record<symbol, Map<string, unknown> | undefined>
  const shared = (holder[KEY] ??= new Map<string, unknown>())
  if (!shared.has(name)) shared.set(name, make())
  return shared.get(name) as T
}

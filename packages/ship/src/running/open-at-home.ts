import { FunnelError } from '@pino-funnel/channel'
import type { OpenEngine, Place } from '../engine/engine.ts'
import type { EngineAccess } from '../engines/open-engine.ts'
import { readDecision, type DecisionCommand } from '../state/decision.ts'
import { noteHome, readHome } from '../state/home.ts'

/**
 * Opens an engine where the log is: under the host name that it had first, and only at that place. The first place is
 * noted, and another one when an operator has decided to begin there.
 *
 * @param directory - of the shipper's state
 * @returns a function that rejects with FunnelError `FUNNEL_SHIP_OTHER_PLACE` for another place
 */
export function openAtHome(
  { open, placeOf }: EngineAccess,
  directory: string,
  commandFor: DecisionCommand,
): OpenEngine {
  return async (log) => {
    const home = readHome(directory)
    if (home) {
      const known = { ...log, host: home.host }
      const place = placeOf(known)
      if (isSame(home, place)) return open(known)
      if (readDecision(directory)?.action !== 'begin') throw otherPlace(home, place, commandFor('begin'))
    }
    const engine = await open(log)
    // A place that can't be opened, such as a stream that does not exist, is not noted: it may be a mistake.
    try {
      noteHome(directory, { host: log.host, ...placeOf(log) })
    } catch (error) {
      await engine.close().catch(() => {})
      throw error
    }
    return engine
  }
}

/** A server may come or go: one that is in both lists has the same streams. */
function isSame(home: Place, place: Place): boolean {
  return home.name === place.name && home.servers.some((server) => place.servers.includes(server))
}

function otherPlace(home: Place, place: Place, command: string): FunnelError {
  const [before, now] = [home, place].map(({ name, servers }) => `${name} at ${servers.join(', ')}`)
  return new FunnelError(
    'FUNNEL_SHIP_OTHER_PLACE',
    `This log is shipped to ${before}, but the configuration names ${now}. Put the former place back, or ship what the files have to the new one: ${command}`,
  )
}

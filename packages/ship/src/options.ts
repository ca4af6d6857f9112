/** The door `@pino-funnel/ship/options`: what a worker needs to check the option `ship`. It loads no client. */
import { engineFor } from './engines/open-engine.ts'
import { parseShipSettings } from './settings/ship-settings.ts'

/**
 * Checks the option `ship`.
 *
 * @returns the name of each entry
 * @throws FunnelError `FUNNEL_OPTION_*`
 */
export function checkShip(value: readonly unknown[]): string[] {
  return parseShipSettings(value, 'ship').map((settings) => {
    engineFor(settings)
    return settings.name
  })
}

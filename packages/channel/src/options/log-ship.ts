/**
 * Shippers that the listener launches for a log, as a worker's options describe them.
 *
 * The worker checks the options and finds the program; the listener decodes what the worker has stored. The options name
 * the places of secrets, never the secrets: they lie in the channel.
 */
import { isAbsolute } from 'node:path'
import { isFileName } from '../layout/file-name.ts'
import { isPlainObject } from '../util/json.ts'

/** One shipper. It survives JSON. */
export interface ShipOptions {
  /** Names its checkpoint and its hold: letters, digits, `_` and `-`. */
  readonly name: string
  /** Absolute path of the shipper's program; `null` where the package is not installed. */
  readonly program: string | null
  /** An entry of the configuration, see docs/ship.md. Empty without a program, which alone can check it. */
  readonly settings: Readonly<Record<string, unknown>>
  /** The current directory of the worker: relative paths of secrets are meant from here. */
  readonly directory: string
}

/** Makes sense of what was read from a file: an entry without a usable name is left out. */
export function decodeShips(value: unknown): ShipOptions[] {
  return Array.isArray(value) ? value.flatMap((ship: unknown) => decodeShip(ship)) : []
}

function decodeShip(value: unknown): ShipOptions[] {
  if (!isPlainObject(value)) return []
  const { name, program, settings, directory } = value
  if (typeof name !== 'string' || !isFileName(name)) return []
  return [
    {
      name,
      program: typeof program === 'string' && isAbsolute(program) ? program : null,
      settings: isPlainObject(settings) ? settings : {},
      directory: typeof directory === 'string' && isAbsolute(directory) ? directory : '/',
    },
  ]
}

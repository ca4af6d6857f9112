/**
 * The option `ship`: what a user may write, and what the listener gets to launch shippers.
 *
 * The package `@pino-funnel/ship` checks it, which is found at run time: most applications never load it. Only options
 * that were checked leave the worker, so that no secret does.
 */
import { findNonJson, FunnelError, isPlainObject, type ShipOptions } from '@pino-funnel/channel'
import { resolveInstalled } from '@pino-funnel/channel/captured'
import { createRequire } from 'node:module'
import { kindOf, optionError, type Given } from '../option-checks.ts'

/** `@pino-funnel/ship`, as far as it is needed here. */
interface ShipPackage {
  checkShip(value: readonly unknown[]): string[]
}

/** @throws FunnelError `FUNNEL_OPTION_*` */
export function resolveShips(given: Given): ShipOptions[] {
  const { ship } = given
  if (ship === undefined) return []
  const entries = readEntries(ship)
  const directory = process.cwd()
  const found = findPackage()
  // The listener reports it: without the package, nothing can be said about the options.
  if (!found) return entries.map((entry) => ({ name: shownName(entry), program: null, settings: {}, directory }))
  const names = checked(() => (createRequire(found.options)(found.options) as ShipPackage).checkShip(entries))
  return entries.map((settings, index) => {
    return { name: names[index] ?? '', program: found.program, settings, directory }
  })
}

function shownName({ name, to }: Given): string {
  return typeof name === 'string' ? name : typeof to === 'string' ? to : 'ship'
}

/** Names of variables of the environment that hold secrets: the listener passes them on to the shippers. */
export function secretVariables(ships: readonly ShipOptions[]): string[] {
  return ships.flatMap(({ settings }) => variablesIn(settings))
}

function variablesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown) => variablesIn(each))
  if (!isPlainObject(value)) return []
  const { env } = value
  if (typeof env === 'string' && Object.keys(value).length === 1) return [env]
  return Object.values(value).flatMap((each) => variablesIn(each))
}

function readEntries(ship: unknown): Given[] {
  const expected = `must be an array such as [{ to: 'nats', options: { servers: 'nats://127.0.0.1:4222' } }]`
  if (!Array.isArray(ship)) throw optionError('ship', `${expected}; got ${kindOf(ship)}`)
  return ship.map((entry: unknown, index) => {
    const path = `ship[${index}]`
    if (!isPlainObject(entry)) throw optionError(path, `must be an object such as { to: 'nats' }; got ${kindOf(entry)}`)
    const misfit = findNonJson(entry, path)
    // It may hold a password, so that the error shows no value.
    if (misfit) throw optionError(misfit.path, `must be a value that JSON can hold; got ${kindOf(misfit.value)}`)
    return entry
  })
}

function findPackage(): { readonly program: string; readonly options: string } | undefined {
  const here = typeof __filename === 'string' ? __filename : undefined
  try {
    return {
      program: resolveInstalled('@pino-funnel/ship/main', here),
      options: resolveInstalled('@pino-funnel/ship/options', here),
    }
  } catch {
    return undefined
  }
}

/** Errors of this copy of pino-funnel: the package may have another one. */
function checked<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'FUNNEL_OPTION_UNKNOWN')
      throw new FunnelError('FUNNEL_OPTION_UNKNOWN', error.message)
    throw new FunnelError('FUNNEL_OPTION_INVALID', error instanceof Error ? error.message : String(error))
  }
}

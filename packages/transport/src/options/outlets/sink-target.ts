/**
 * Where a sink's module is. As in pino, a name is resolved from the files that called, so that each package of an
 * application may bring its own targets; then from the application's main file and the current directory, because in
 * pino's worker thread no file of the application has called.
 */
import { isRecord, STDOUT_TARGET } from '@pino-funnel/channel'
import { createRequire } from 'node:module'
import { isAbsolute, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { optionError } from '../option-checks.ts'

/** Calls of an application may be nested deeply. */
const FRAMES = 50

/**
 * The files and directories from which the application's modules can be found, the nearest first.
 *
 * @param beyond - a function that was called: what it has called itself doesn't count
 */
export function applicationPlaces(beyond: (...parameters: never[]) => unknown): string[] {
  const { argv } = process
  const places = [...callersOf(beyond), argv[1] ?? '', process.cwd() + sep]
  return [...new Set(places.filter((place) => isAbsolute(place) || place.startsWith('file:')))]
}

function callersOf(beyond: (...parameters: never[]) => unknown): string[] {
  const { stackTraceLimit } = Error
  const preparing = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  const holder: { stack?: unknown } = {}
  const prepare: typeof Error.prepareStackTrace = (_error, frames) => frames.map((frame) => frame.getFileName() ?? '')
  // Refused where the intrinsics are frozen (--frozen-intrinsics); the application's main file is known without.
  if (!Reflect.set(Error, 'prepareStackTrace', prepare)) return []
  Error.stackTraceLimit = FRAMES
  try {
    Error.captureStackTrace(holder, beyond)
    return Array.isArray(holder.stack) ? (holder.stack as string[]) : []
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    Reflect.deleteProperty(Error, 'prepareStackTrace')
    if (preparing) Object.defineProperty(Error, 'prepareStackTrace', preparing)
  }
}

/**
 * The absolute path of a sink's module, or a built-in target's name.
 *
 * @param option - where the target stands in the options
 * @throws FunnelError `FUNNEL_OPTION_INVALID` when there is no such module, or this Node.js can't load it
 */
export function resolveTarget(target: string, option: string, from: readonly string[]): string {
  if (target === STDOUT_TARGET) return target
  const name = pathOf(bundledPath(target) ?? target)
  const path = from.map((place) => resolveFrom(place, name)).find((found) => found !== undefined)
  if (path !== undefined) {
    refuseTypeScript(path, option)
    return path
  }
  const places = from.join(', ') || 'anywhere'
  throw optionError(
    option,
    `must be a module or a path; '${target}' can't be found from ${places}. Install it, or give its absolute path`,
  )
}

function resolveFrom(place: string, name: string): string | undefined {
  try {
    const path = createRequire(place).resolve(name)
    return isAbsolute(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** Node.js 22.18 and newer load it by themselves. A loader of the application, such as tsx, is not in a sink's process. */
function refuseTypeScript(path: string, option: string): void {
  if (!/\.[cm]?ts$/.test(path) || Boolean(Reflect.get(process.features, 'typescript'))) return
  throw optionError(
    option,
    `must be JavaScript on Node.js ${process.version}; got ${path}. A sink runs in a process of its own, without tsx or ` +
      `another loader. Name the compiled file, or use Node.js 22.18 or newer`,
  )
}

function pathOf(target: string): string {
  try {
    return target.startsWith('file:') ? fileURLToPath(target) : target
  } catch {
    return target
  }
}

/** Bundlers that know pino leave a table of where they have put its targets. */
function bundledPath(target: string): string | undefined {
  const overrides: unknown = Reflect.get(globalThis, '__bundlerPathsOverrides')
  if (!isRecord(overrides) || !Object.hasOwn(overrides, target)) return undefined
  const path = overrides[target]
  return typeof path === 'string' ? path : undefined
}

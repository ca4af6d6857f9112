import { isRecord, refuseForeignModule, STDOUT_TARGET, systemCode } from '@pino-funnel/channel'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { descriptorStream } from './descriptor-stream.ts'

const STDOUT = 1

/** The part of a target's stream that is used. It is a Writable, or similar, such as a SonicBoom. */
export interface TargetStream {
  write(text: string): unknown
  end(): void
  on(event: 'error' | 'close' | 'drain', listener: (error: Error) => void): unknown
  once(event: 'drain', listener: () => void): unknown
}

export type BuildTarget = (options: unknown) => unknown

/**
 * Loads a module that makes a stream, as for a pino transport: an ES module or a CommonJS module with a function as its
 * default export.
 *
 * @param target - absolute path, or the name of a built-in target
 * @throws what the module throws; TypeError when it has no such function; FunnelError when other users can change it
 */
export async function loadTarget(target: string): Promise<BuildTarget> {
  if (target === STDOUT_TARGET) return () => descriptorStream(STDOUT)
  const module = await importOrRequire(refuseForeignModule(target, __filename))
  // Compilers of ES modules to CommonJS put one default export into another.
  const build = [module, defaultOf(module), defaultOf(defaultOf(module))].find((value) => typeof value === 'function')
  if (build === undefined)
    throw new TypeError(
      `The default export of ${target} must be a function that makes a stream; got ${typeof defaultOf(module)}.`,
    )
  return build as BuildTarget
}

async function importOrRequire(target: string): Promise<unknown> {
  const { href } = pathToFileURL(target)
  try {
    return (await import(href)) as unknown
  } catch (error) {
    // Only require() finds a module in an archive of Yarn or Electron, for instance.
    const isMissing = ['ERR_MODULE_NOT_FOUND', 'ENOTDIR'].includes(systemCode(error) ?? '')
    if (!isMissing) throw error
    try {
      return createRequire(target)(target) as unknown
    } catch {
      throw error
    }
  }
}

function defaultOf(module: unknown): unknown {
  return isRecord(module) ? module['default'] : undefined
}

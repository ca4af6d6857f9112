/**
 * The program of the listener. It is located when this module is loaded: later the application may have replaced the
 * functions that Node.js resolves modules with.
 *
 * It is a process of its own, and can't be a part of the application's bundle; see docs/bundlers.md.
 */
import { FunnelError } from '@pino-funnel/channel'
import { resolveInstalled } from '@pino-funnel/channel/captured'

const found = find()

/** @throws FunnelError `FUNNEL_LISTENER_MISSING` */
export function listenerProgram(): string {
  if (found instanceof FunnelError) throw found
  return found
}

function find(): string | FunnelError {
  const executable = singleExecutable()
  if (executable !== undefined) return missing(`${process.execPath} is ${executable}, and can't run another program`)
  const here = typeof __filename === 'string' ? __filename : undefined
  try {
    return resolveInstalled('@pino-funnel/listener/main', here)
  } catch (error) {
    return missing(`@pino-funnel/listener is not installed where ${here ?? process.argv[1]} could find it`, error)
  }
}

/** Starting one as if it were Node.js would start the application again, for ever. */
function singleExecutable(): string | undefined {
  const sea = process.getBuiltinModule('node:sea') as { isSea(): boolean } | undefined
  if (sea?.isSea()) return 'a single executable application'
  return 'pkg' in process ? 'an application packed by pkg' : undefined
}

function missing(why: string, cause?: unknown): FunnelError {
  return new FunnelError(
    'FUNNEL_LISTENER_MISSING',
    `pino-funnel can't start its listener: ${why}. Records wait in their mailboxes until there is one. ` +
      `Install pino-funnel beside the application, and leave it out of a bundle (docs/bundlers.md has how, for each ` +
      `bundler), or run the listener yourself: npx --no pino-funnel listen <log directory>`,
    { cause },
  )
}

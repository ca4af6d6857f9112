/**
 * The program of the listener. It is located when this module is loaded: later the application may have replaced the
 * functions that Node.js resolves modules with.
 *
 * It is a process of its own, and can't be a part of the application's bundle; see docs/bundlers.md.
 */
import { FunnelError } from '@pino-funnel/channel'
import { capturedFs, resolveInstalled } from '@pino-funnel/channel/captured'
import { dirname, join } from 'node:path'

/** A bundle that is an ES module does not know its file. */
const HERE = typeof __filename === 'string' ? __filename : undefined
const PROGRAM = join('node_modules', '@pino-funnel', 'listener', 'dist', 'main.js')

const found = nearest() ?? find()

/** @throws FunnelError `FUNNEL_LISTENER_MISSING` */
export function listenerProgram(): string {
  const executable = singleExecutable()
  if (executable !== undefined) throw missing(`${process.execPath} is ${executable}, and can't run another program`)
  if (found instanceof FunnelError) throw found
  return realPath(found)
}

/** Where Node.js would find it, without what Node.js reads and compiles for that: every thread that logs would pay it. */
function nearest(): string | undefined {
  if (HERE === undefined) return undefined
  for (let directory = dirname(HERE); ; directory = dirname(directory)) {
    const program = join(directory, PROGRAM)
    if (capturedFs.existsSync(program)) return program
    if (directory === dirname(directory)) return undefined
  }
}

/** In other places of a bundled application, and by Plug'n'Play of Yarn. */
function find(): string | FunnelError {
  try {
    return resolveInstalled('@pino-funnel/listener/main', HERE)
  } catch (error) {
    return missing(`@pino-funnel/listener is not installed where ${HERE ?? process.argv[1]} could find it`, error)
  }
}

/** As Node.js would give it. A deploy may have deleted it: then the start of the listener says so. */
function realPath(program: string): string {
  try {
    return capturedFs.realpathSync(program)
  } catch {
    return program
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

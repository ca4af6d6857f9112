/**
 * The program of the listener. It is located when this module is loaded: later the application may have replaced the
 * functions that Node.js resolves modules with.
 *
 * It is a process of its own, and can't be a part of the application's bundle; see docs/bundlers.md.
 */
import { FunnelError } from '@pino-funnel/channel'
import { capturedFs, resolveInstalled } from '@pino-funnel/channel/captured'
import { dirname, isAbsolute, join } from 'node:path'

/** A bundle that is an ES module does not know its file. */
const HERE = typeof __filename === 'string' ? __filename : undefined
const PROGRAM = join('node_modules', '@pino-funnel', 'listener', 'dist', 'main.js')

const found = programNear(HERE) ?? find()

/** @throws FunnelError `FUNNEL_LISTENER_MISSING` */
export function listenerProgram(): string {
  const executable = singleExecutable()
  if (executable !== undefined) throw missing(`${process.execPath} is ${executable}, and can't run another program`)
  if (found instanceof FunnelError) throw found
  return found
}

/**
 * Searches the directories that Node.js would search, by their names: `require.resolve` reads and parses files, which takes
 * 2 ms in each thread that logs. Not with Plug'n'Play of Yarn, which knows packages by a table; and a bundler may have made
 * the name of the file a relative one, so that it would lead to whatever is in the current directory.
 *
 * @param from - a file
 * @returns the real path, as Node.js would give it; `undefined` when it is not there
 */
export function programNear(from: string | undefined): string | undefined {
  if (from === undefined || !isAbsolute(from) || process.versions['pnp'] !== undefined) return undefined
  for (let directory = dirname(from); ; directory = dirname(directory)) {
    const program = realPath(join(directory, PROGRAM))
    if (program !== undefined) return program
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

function realPath(program: string): string | undefined {
  try {
    return capturedFs.existsSync(program) ? capturedFs.realpathSync(program) : undefined
  } catch {
    return undefined
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

/**
 * Whether a module may be loaded into the listener, whose rights other users may want.
 *
 * The rule: a module must be no easier to change than the listener's own program. So an installation passes in which all
 * belongs to one user who is neither this one nor root, or in which a group may write; a directory of another user does
 * not, whichever header or option names it.
 */
import type { Stats } from 'node:fs'
import { realpathSync, statSync } from '../captured/fs.ts'
import { dirname } from 'node:path'
import { FunnelError } from '../util/errors.ts'
import { isTrustedOwner } from './owners.ts'

const GROUP_WRITES = 0o020
const OTHERS_WRITE = 0o002
const STICKY = 0o1000

/**
 * @param file - of the module, absolute
 * @param program - a file of the listener's own program
 * @returns the module's real path, which was checked: load that, for a link on the way may be exchanged meanwhile
 * @throws FunnelError `FUNNEL_FORMAT_UNAVAILABLE` when users can change the module that can't change the program
 */
export function refuseForeignModule(file: string, program: string): string {
  const known = writersOf(realPathOf(program))
  const real = realPathOf(file)
  if (known.has('other users')) return real
  for (const [writer, path] of writersOf(real)) {
    if (known.has(writer)) continue
    throw new FunnelError(
      'FUNNEL_FORMAT_UNAVAILABLE',
      `The listener does not load the module ${file}, because ${writer} may change ${path}, but not the listener's own ` +
        `program, ${program}. It would run with the rights of user ${process.geteuid?.() ?? 'unknown'}. ` +
        `If that user is yours, run: chown ${process.geteuid?.() ?? 'root'} ${path}; chmod go-w ${path}`,
    )
  }
  return real
}

/** The users and groups, apart from this user and root, that may change a file, each with the first part of the path for which that holds. */
function writersOf(real: string): Map<string, string> {
  const writers = new Map<string, string>()
  for (const path of partsOf(real)) {
    const stats = statIfThere(path)
    // A path inside an archive, which Yarn or Electron has put there. The archive itself was seen.
    if (!stats) break
    for (const writer of writersBy(stats)) if (!writers.has(writer)) writers.set(writer, path)
  }
  return writers
}

function writersBy(stats: Stats): string[] {
  const { uid, gid, mode } = stats
  // In a sticky directory, such as /tmp, others can't put anything in the place of what is there.
  const isGuarded = stats.isDirectory() && (mode & STICKY) !== 0
  return [
    ...(isTrustedOwner(uid) ? [] : [`user ${uid}`]),
    ...(isGuarded || (mode & GROUP_WRITES) === 0 ? [] : [`group ${gid}`]),
    ...(isGuarded || (mode & OTHERS_WRITE) === 0 ? [] : ['other users']),
  ]
}

/** `undefined` also below an archive, which is not a directory. */
function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** The directories of a real path from the root on, then the file. */
function partsOf(real: string): string[] {
  const parts: string[] = []
  for (let path = real; ; path = dirname(path)) {
    parts.unshift(path)
    if (path === dirname(path)) return parts
  }
}

/** The path itself inside an archive, which only a patched `fs` knows. */
function realPathOf(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

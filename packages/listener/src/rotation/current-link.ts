/**
 * The link `current.log`, which points to a log file. It is replaced in one step, so that a reader never finds it
 * missing.
 */
import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

export const LINK_NAME = 'current.log'
/** A kill may leave it behind. The next replacement removes it. */
const DRAFT_NAME = '.current.log.pino-funnel'

/**
 * Points the link to a log file. Leaves it alone when another file has its name, or another log file owns it.
 *
 * @param isLinked - whether a name is that of a log file that asks for the link as well
 * @returns the other log file that owns the link, if one does
 * @throws the system's error; the link is unchanged then
 */
export function linkTo(file: string, directory: string, isLinked: (name: string) => boolean): string | undefined {
  const path = join(directory, LINK_NAME)
  const present = targetOf(path)
  if (present === 'no link' || present?.target === file) return undefined
  if (present && isLinked(present.target)) return present.target
  const draft = join(directory, DRAFT_NAME)
  rmSync(draft, { force: true })
  symlinkSync(file, draft)
  renameSync(draft, path)
  return undefined
}

/** `undefined` when no file has the link's name. */
function targetOf(path: string): { readonly target: string } | 'no link' | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return undefined
  return stats.isSymbolicLink() ? { target: readlinkSync(path) } : 'no link'
}

/**
 * The link `current.log` that leads to a log file. It is replaced in one step: who follows it never finds it missing.
 */
import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

export const LINK_NAME = 'current.log'
/** A kill may leave it behind; the next one who turns the link removes it. */
const DRAFT_NAME = '.current.log.pino-funnel'

/**
 * Lets the link lead to a log file. What else bears its name is left alone, and so is a link of another log.
 *
 * @param isLinked - whether a name is that of another log file that wants the link, too
 * @returns the other log file that it leads to and stays with, if it does
 * @throws the system's error; the link is as it was then
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

/** `undefined` when there is nothing. */
function targetOf(path: string): { readonly target: string } | 'no link' | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return undefined
  return stats.isSymbolicLink() ? { target: readlinkSync(path) } : 'no link'
}

/**
 * Channels that are being made: `<channel directory>.<16 hex digits>`, until a rename gives them their place. A
 * process that is killed in between leaves one behind.
 */
import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync, unlinkSync } from '../captured/fs.ts'
import { wallNow } from '../captured/clock.ts'
import { randomHex } from '../captured/random.ts'
import { basename, dirname, join } from 'node:path'
import { namesIfReadable } from '../util/files.ts'
import { HeldDirectory } from '../util/held-directory.ts'
import { layoutOf } from './layout.ts'
import { isOwnerProbe } from '../ownership/file-trust.ts'
import { walkTo } from '../ownership/path-walk.ts'

const SUFFIX = /^\.[0-9a-f]{16}$/

/** The part of a channel that is used here. */
interface HeldChannel {
  /** Its name. */
  readonly root: string
  /** Its path: the name, where it is not held. */
  readonly directory: string
}

/** A unique name for the draft of a channel with this name. */
export function newChannelDraft(name: string): string {
  return `${name}.${randomHex(8)}`
}

/**
 * Removes drafts beside a channel that are older than `age` ms, and files that were made to see their owner.
 *
 * Another directory may happen to have such a name. So only the files of a draft are removed, and directories only when
 * they are empty. Best effort.
 */
export function sweepChannelDrafts(channel: HeldChannel, age: number): void {
  const { root } = channel
  const parent = holdAbove(channel)
  if (!parent) return
  try {
    // A user that may make a channel there may not be allowed to list the directory.
    for (const name of namesIfReadable(parent.path)) {
      if (isOwnerProbe(name)) sweepOwnerProbe(parent.at(name), age)
      if (!name.startsWith(basename(root)) || !SUFFIX.test(name.slice(basename(root).length))) continue
      sweepChannelDraft(parent, name, age)
    }
  } finally {
    parent.release()
  }
}

/** The directory that the channel is in, wherever both were moved; `undefined` when it can't be reached. */
function holdAbove({ root, directory }: HeldChannel): HeldDirectory | undefined {
  try {
    if (directory === root) return walkTo(dirname(root), false).directory
    return HeldDirectory.open(`${directory}/..`, dirname(root))
  } catch {
    return undefined
  }
}

/** Removes one draft. Best effort. */
export function sweepChannelDraft(parent: HeldDirectory, name: string, age = 0): void {
  try {
    const draft = HeldDirectory.open(parent.at(name), `${parent.name}/${name}`)
    try {
      if (!isAbandoned(draft, age)) return
      emptyDraft(draft.path)
    } finally {
      draft.release()
    }
    rmdirSync(parent.at(name))
  } catch {
    // Not empty, or not ours to remove.
  }
}

/** Best effort. */
function sweepOwnerProbe(path: string, age: number): void {
  try {
    const stats = lstatSync(path)
    if (stats.isFile() && stats.size === 0 && wallNow() - stats.mtimeMs >= age) unlinkSync(path)
  } catch {
    // Gone, or not ours to remove.
  }
}

function isAbandoned(draft: HeldDirectory, age: number): boolean {
  const { uid, mtimeMs } = draft.stats()
  return uid === process.geteuid?.() && (age === 0 || wallNow() - mtimeMs >= age)
}

function emptyDraft(path: string): void {
  const { description, mailboxes, tmp } = layoutOf(path)
  const own = [description, mailboxes, tmp]
  if (readdirSync(path).some((name) => !own.includes(join(path, name)))) return
  for (const directory of [mailboxes, tmp]) if (existsSync(directory)) rmdirSync(directory)
  rmSync(description, { force: true })
}

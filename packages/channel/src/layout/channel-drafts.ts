/**
 * Channels that are being made: `<channel directory>.<16 hex digits>`, until a rename gives them their place. A
 * process that is killed in between leaves one behind.
 */
import { existsSync, lstatSync, readdirSync, rmdirSync, rmSync } from '../captured/fs.ts'
import { wallNow } from '../captured/clock.ts'
import { randomHex } from '../captured/random.ts'
import { basename, dirname, join } from 'node:path'
import { layoutOf } from './layout.ts'

const SUFFIX = /^\.[0-9a-f]{16}$/

/** A unique name for the draft of a channel. */
export function newChannelDraft(root: string): string {
  return `${root}.${randomHex(8)}`
}

/**
 * Removes drafts beside a channel that are older than `age` ms.
 *
 * Another directory may happen to have such a name. So only the files of a draft are removed, and directories only when
 * they are empty. Best effort.
 */
export function sweepChannelDrafts(root: string, age: number): void {
  const parent = dirname(root)
  for (const name of namesIn(parent)) {
    if (!name.startsWith(basename(root)) || !SUFFIX.test(name.slice(basename(root).length))) continue
    try {
      removeAbandoned(join(parent, name), age)
    } catch {
      // Not empty, or not ours to remove.
    }
  }
}

/** A user that may make a channel there may not be allowed to list the directory. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function removeAbandoned(draft: string, age: number): void {
  const stats = lstatSync(draft)
  if (!stats.isDirectory() || stats.uid !== process.geteuid?.() || wallNow() - stats.mtimeMs < age) return
  const { description, mailboxes, tmp } = layoutOf(draft)
  const own = [description, mailboxes, tmp]
  if (readdirSync(draft).some((name) => !own.includes(join(draft, name)))) return
  for (const directory of [mailboxes, tmp]) if (existsSync(directory)) rmdirSync(directory)
  rmSync(description, { force: true })
  rmdirSync(draft)
}

import { closeSync, makeMissing, openPrivateFile, sweepChannelDrafts, type Channel } from '@pino-funnel/channel'
import { randomBytes } from 'node:crypto'
import { fstatSync, lstatSync, readdirSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Age at which a draft is abandoned: making something takes an instant, so that its maker must have died. */
const ABANDONED_MS = 60 * 60 * 1000
/** Between two sweeps of one listener. */
export const SWEEP_MS: number = 10 * 60 * 1000

/**
 * Removes what processes that were killed while making something have left in `tmp`, or beside the channel. A part of the
 * channel that a cleaner has removed is made again.
 *
 * @throws the system's error when an entry can't be removed; all others are removed by then
 */
export function sweepDrafts(channel: Channel): void {
  const failures: unknown[] = []
  const remove = (path: string): void => {
    try {
      rmSync(path, { recursive: true, force: true })
    } catch (error) {
      failures.push(error)
    }
  }
  makeMissing(channel)
  /** As a whole, by its name: where a clock was set forward, its maker may live, and must not put half of it in place. */
  const abandon = (path: string): void => {
    const gone = path.endsWith('.gone') ? path : `${path}.gone`
    try {
      renameSync(path, gone)
      remove(gone)
    } catch (error) {
      failures.push(error)
    }
  }
  const names = readdirSync(channel.tmp)
  for (const name of names) if (name.endsWith('.gone')) remove(join(channel.tmp, name))
  const now = fileSystemNow(channel.tmp)
  if (now !== undefined) {
    for (const name of names) {
      const path = join(channel.tmp, name)
      const stats = lstatSync(path, { throwIfNoEntry: false })
      if (stats && now - stats.mtimeMs > ABANDONED_MS) abandon(path)
    }
    sweepChannelDrafts(channel, ABANDONED_MS + Math.max(0, Date.now() - now))
  }
  if (failures.length > 0) throw failures[0]
}

/**
 * The age of a file is that by the clock that dates files: this process's may be hours ahead of it.
 *
 * @returns `undefined` when the file system has no room for a file to see that by
 */
function fileSystemNow(directory: string): number | undefined {
  const path = join(directory, `now-${randomBytes(8).toString('hex')}`)
  try {
    const descriptor = openPrivateFile(path, 'wx')
    try {
      unlinkSync(path)
      return fstatSync(descriptor).mtimeMs
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return undefined
  }
}

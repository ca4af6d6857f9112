/** The rotated files of a log, from the oldest to the youngest. */
import { FunnelError, systemCode, type Compression } from '@pino-funnel/channel'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Stats } from 'node:fs'
import { parseRotatedName, type RotatedName } from './log-names.ts'

/** How often a directory is listed again while names vanish from it: a file vanishes when it is compressed, or deleted. */
const MOST_LISTINGS = 100

export interface ListedFile {
  readonly path: string
  /** `undefined` for the live file, and for one that another program has rotated. */
  readonly number: number | undefined
  readonly compression: Compression | undefined
  /** The file itself, whatever its name: device and inode. They are unique as long as it is held open. */
  readonly identity: string
  /** The name that it had before it was compressed. */
  readonly original: string
  readonly inode: number
  /** When it was made, ms since the epoch; what the file system says where that is not known. */
  readonly born: number
  readonly size: number
  /** Time of the last record, since compression keeps it; ms since the epoch. */
  readonly modified: number
}

export function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

/**
 * A file that vanishes while it is listed may be there under another name: the listener compresses it. So names are listed
 * again until none vanishes. What was described before stays: where files vanish faster than all of them can be described,
 * there would be no end.
 *
 * @param log - path of the live file
 * @param channel - directory of its channel, which may not exist
 */
export async function listRotatedFiles(log: string, channel: string): Promise<ListedFile[]> {
  const directory = dirname(log)
  const logs = new Set(await knownLogs(channel))
  let known: ReadonlyMap<string, DescribedFile | undefined> = new Map()
  for (let listings = 1; ; listings += 1) {
    const names = new Set(await readdir(directory))
    const rotated = [...names].flatMap((name) => parseRotatedName(basename(log), name, { names, logs }) ?? [])
    const described = await Promise.all(
      rotated.map(async ({ name }) => known.get(name) ?? (await describeFile(join(directory, name)))),
    )
    if (!described.includes(undefined) || listings === MOST_LISTINGS) return filesOf(rotated, described)
    known = new Map(rotated.map(({ name }, index) => [name, described[index]]))
  }
}

function filesOf(rotated: readonly RotatedName[], described: readonly (DescribedFile | undefined)[]): ListedFile[] {
  const files = new Map<string, ListedFile>()
  for (const [index, { original, number, compression }] of rotated.entries()) {
    const file = described[index]
    // A compression that was interrupted leaves both. The original is whole.
    const isCopy = compression !== undefined && files.has(original)
    if (file?.isRegular === true && !isCopy) files.set(original, { ...file, original, number, compression })
  }
  return [...files.values()].toSorted(byAge)
}

/** The names of the log files of a channel, in its log directory; none where there is no channel. */
export async function knownLogs(channel: string): Promise<string[]> {
  return (await readKnownLogs(channel)) ?? []
}

/** The same; `undefined` when the list is there and can't be read now, for want of descriptors, say. */
export async function readKnownLogs(channel: string): Promise<string[] | undefined> {
  try {
    const lines = (await readFile(join(channel, 'logs'), 'utf8')).split('\n')
    return lines.flatMap(parseName)
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? [] : undefined
  }
}

function parseName(line: string): string[] {
  try {
    const name: unknown = JSON.parse(line)
    return typeof name === 'string' ? [name] : []
  } catch {
    return []
  }
}

/** Of the live file; `undefined` when there is none. */
export async function describeLiveFile(log: string): Promise<ListedFile | undefined> {
  const live = await describeFile(log)
  if (live?.isLink === true) {
    throw new FunnelError(
      'FUNNEL_LOG_FILE_UNUSABLE',
      `The log file ${log} is a symbolic link, and the reader follows none. Name the file that it leads to.`,
    )
  }
  return live?.isRegular === true ? live : undefined
}

interface DescribedFile extends ListedFile {
  readonly isRegular: boolean
  readonly isLink: boolean
}

/** Follows no link: another user may have planted it. @returns `undefined` when there is nothing of that name */
async function describeFile(path: string): Promise<DescribedFile | undefined> {
  try {
    const stats = await lstat(path)
    return {
      path,
      number: undefined,
      compression: undefined,
      identity: identityOf(stats),
      original: basename(path),
      inode: stats.ino,
      born: stats.birthtimeMs,
      size: stats.size,
      modified: stats.mtimeMs,
      isRegular: stats.isFile(),
      isLink: stats.isSymbolicLink(),
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Files that another program has rotated come first: it and pino-funnel do not rotate the same log at one time. */
function byAge(one: ListedFile, other: ListedFile): number {
  const difference = (one.number ?? 0) - (other.number ?? 0)
  return difference || one.modified - other.modified || (one.path < other.path ? -1 : 1)
}

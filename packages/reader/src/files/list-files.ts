/** The rotated files of a log, from the oldest to the youngest. */
import { CHANNEL_NAME, FunnelError, systemCode, type Compression } from '@pino-funnel/channel'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Stats } from 'node:fs'
import { parseRotatedName } from './log-names.ts'

/** How often a directory is listed again while names vanish from it. A file vanishes once each time it is compressed. */
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
 * A file that vanishes while it is listed may be there under another name: the listener compresses it. So the directory
 * is listed again until no name vanishes.
 *
 * @param log - path of the live file
 */
export async function listRotatedFiles(log: string): Promise<ListedFile[]> {
  for (let listings = 1; ; listings += 1) {
    const { files, isComplete } = await listOnce(log)
    if (isComplete || listings === MOST_LISTINGS) return files.toSorted(byAge)
  }
}

interface Listing {
  readonly files: ListedFile[]
  /** Whether each name was still there when its file was described. */
  readonly isComplete: boolean
}

async function listOnce(log: string): Promise<Listing> {
  const directory = dirname(log)
  const names = new Set(await readdir(directory))
  const neighbours = { names, logs: new Set(await knownLogs(directory)) }
  const files = new Map<string, ListedFile>()
  let isComplete = true
  for (const name of names) {
    const parsed = parseRotatedName(basename(log), name, neighbours)
    if (!parsed) continue
    const listed = await describeFile(join(directory, name))
    if (listed === undefined) isComplete = false
    // A compression that was interrupted leaves both. The original is whole.
    const isCopy = parsed.compression !== undefined && files.has(parsed.original)
    if (listed?.isRegular === true && !isCopy) {
      files.set(parsed.original, { ...listed, ...parsed })
    }
  }
  return { files: [...files.values()], isComplete }
}

/** The names of the log files of a directory, as its channel has them; none without a channel. */
export async function knownLogs(directory: string): Promise<string[]> {
  return (await readKnownLogs(directory)) ?? []
}

/** The same; `undefined` when the list is there and can't be read now, for want of descriptors, say. */
export async function readKnownLogs(directory: string): Promise<string[] | undefined> {
  try {
    const lines = (await readFile(join(directory, CHANNEL_NAME, 'logs'), 'utf8')).split('\n')
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

/** Follows no link: another user may have planted it. @returns `undefined` when there is nothing of that name */
async function describeFile(
  path: string,
): Promise<(ListedFile & { readonly isRegular: boolean; readonly isLink: boolean }) | undefined> {
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

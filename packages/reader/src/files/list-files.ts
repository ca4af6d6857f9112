/** The rotated files of a log, from the oldest to the youngest. */
import { CHANNEL_NAME, systemCode, type Compression } from '@pino-funnel/channel'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Stats } from 'node:fs'
import { parseRotatedName } from './log-names.ts'

export interface ListedFile {
  readonly path: string
  /** `undefined` for the live file, and for one that another program has rotated. */
  readonly number: number | undefined
  readonly compression: Compression | undefined
  /** The file itself, whatever its name: device and inode. They are unique as long as it is held open. */
  readonly identity: string
  readonly size: number
  /** Time of the last record, since compression keeps it; ms since the epoch. */
  readonly modified: number
}

export function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

/** @param log - path of the live file */
export async function listRotatedFiles(log: string): Promise<ListedFile[]> {
  const directory = dirname(log)
  const names = new Set(await readdir(directory))
  const neighbours = { names, logs: new Set(await knownLogs(directory)) }
  const files = new Map<string, ListedFile>()
  for (const name of names) {
    const parsed = parseRotatedName(basename(log), name, neighbours)
    const listed = parsed && (await describeFile(join(directory, name)))
    // A compression that was interrupted leaves both. The original is whole.
    if (!parsed || !listed || (parsed.compression !== undefined && files.has(parsed.original))) continue
    files.set(parsed.original, { ...listed, number: parsed.number, compression: parsed.compression })
  }
  return [...files.values()].toSorted(byAge)
}

/** The names of the log files of a directory, as its channel has them; none without a channel. */
export async function knownLogs(directory: string): Promise<string[]> {
  try {
    const lines = (await readFile(join(directory, CHANNEL_NAME, 'logs'), 'utf8')).split('\n')
    return lines.flatMap(parseName)
  } catch {
    return []
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

/** `undefined` when there is no regular file of that name. */
export async function describeFile(path: string): Promise<ListedFile | undefined> {
  try {
    const stats = await stat(path)
    if (!stats.isFile()) return undefined
    const { size, mtimeMs } = stats
    return { path, number: undefined, compression: undefined, identity: identityOf(stats), size, modified: mtimeMs }
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

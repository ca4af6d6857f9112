/** The file `channel.json`: what makes a directory a channel of this version. */
import { accessSync, constants, readFileSync, renameSync } from '../captured/fs.ts'
import { randomHex } from '../captured/random.ts'
import { basename, dirname, join } from 'node:path'
import { FunnelError, systemCode } from '../util/errors.ts'
import type { HeldDirectory } from '../util/held-directory.ts'
import { systemCure } from '../util/system-cure.ts'
import { isRecord } from '../util/values.ts'
import { isThere } from '../util/files.ts'
import { CHANNEL_NAME, FORMAT_VERSION, layoutOf, type ChannelLayout } from './layout.ts'
import { writePrivateFile } from './private.ts'

export interface Description {
  readonly format: number
  /**
   * Relative to the channel directory (`..`, so that the two can be moved together), or absolute for a channel
   * elsewhere.
   */
  readonly logDirectory: string
}

/** @throws FunnelError `FUNNEL_CHANNEL_FORMAT` or `FUNNEL_CHANNEL_UNREADABLE` */
export function readDescription({ path: directory, name: root }: HeldDirectory): Description {
  const path = join(root, 'channel.json')
  let text: string
  try {
    accessSync(directory, constants.R_OK | constants.X_OK)
    text = readFileSync(layoutOf(directory).description, 'utf8')
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT'
    if (missing && basename(root) === CHANNEL_NAME && isThere(layoutOf(directory).mailboxes)) return IN_DEFAULT_PLACE
    throw new FunnelError(
      missing ? 'FUNNEL_CHANNEL_FORMAT' : 'FUNNEL_CHANNEL_UNREADABLE',
      missing
        ? `The directory ${root} has no channel.json, so it is not a channel of pino-funnel. Move it away.`
        : `The channel directory ${root} can't be read: ${String(error)}.${howToRead(error, root)}`,
      { cause: error },
    )
  }
  return parseDescription(text, path)
}

function howToRead(error: unknown, root: string): string {
  if (systemCode(error) !== 'EACCES') return systemCure(error)
  return ` Give this user its permissions back: chmod 700 ${root}; chmod 600 ${join(root, 'channel.json')}`
}

/** What {@link readDescription} gives when it is lost: a channel in the default place serves the log directory that it lies in. */
export const IN_DEFAULT_PLACE: Description = { format: FORMAT_VERSION, logDirectory: '..' }

/** A power loss soon after the channel was made leaves its description empty, or NULs; a clean-up leaves it empty. */
const LOST = /^\0*$/

function parseDescription(text: string, path: string): Description {
  if (LOST.test(text) && basename(dirname(path)) === CHANNEL_NAME) return IN_DEFAULT_PLACE
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  // Checked first: another version may describe itself in another way.
  const format = formatOf(value)
  if (format !== undefined && format !== FORMAT_VERSION) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_FORMAT',
      `The channel of ${path} has format version ${format}, and this version of pino-funnel knows version ` +
        `${FORMAT_VERSION} only. Let all workers of one log directory run the same major version.`,
    )
  }
  if (!isDescription(value)) {
    throw new FunnelError(
      'FUNNEL_CHANNEL_FORMAT',
      `The file ${path} is damaged: expected a format version and a log directory, found ${JSON.stringify(text.slice(0, 80))}. ` +
        `Move the channel directory away; its mailboxes may hold records that are not in the log yet.`,
    )
  }
  return value
}

/**
 * Makes the description again where another program has cut, damaged or deleted it: no listener could be started. For a
 * process that has the channel open. That of another version is left alone. Best effort. Never throws.
 */
export function restoreDescription({ description, tmp }: ChannelLayout, logDirectory: string): void {
  try {
    const found = valueIn(description)
    const format = formatOf(found)
    if (isDescription(found) || (format !== undefined && format !== FORMAT_VERSION)) return
    const draft = join(tmp, `channel.${randomHex(8)}`)
    writePrivateFile(draft, encodeDescription(logDirectory))
    renameSync(draft, description)
  } catch {
    // Whatever needs it reports why it can't be read.
  }
}

export function encodeDescription(logDirectory: string): string {
  return `${JSON.stringify({ format: FORMAT_VERSION, logDirectory } satisfies Description)}\n`
}

/** `undefined` when there is none that can be read. */
function valueIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function formatOf(value: unknown): number | undefined {
  return isRecord(value) && typeof value['format'] === 'number' ? value['format'] : undefined
}

function isDescription(value: unknown): value is Description {
  return formatOf(value) !== undefined && isRecord(value) && typeof value['logDirectory'] === 'string'
}

/**
 * The file `header` of a mailbox: the writer's profile, and the bell.
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+
 * 0|                     magic "PINOFUNL"                          |
 *  |                                                               |
 *  +---------------------------------------------------------------+
 * 8|                     format version                            |
 *  +---------------------------------------------------------------+
 *12|                     bell                                      |
 *  +---------------------------------------------------------------+
 *16|                     length of the profile, in bytes           |
 *  +---------------------------------------------------------------+
 *20|                     profile: JSON, UTF-8                     ...
 *  +---------------------------------------------------------------+
 * ```
 *
 * Numbers are little-endian. The file has HEADER_BYTES or more, and all but the bell is written once, before the
 * mailbox appears. The bell belongs to the listener, and counts its changes, from 1 to 255 and on with 2. It is even
 * while the listener polls the mailbox, and odd while the listener sleeps and a writer that has written should ring.
 * Each sleep has a number of its own, and a writer rings once for each, so that rings never pile up for a stopped
 * listener. A writer that misses a change is read at the next fallback poll: that costs time, never records. The bell
 * shows 1 only until it is set for the first time, so that a listener knows which mailboxes a former one found.
 */
import { closeSync, fstatSync, readSync, statSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { isFileName } from '../layout/file-name.ts'
import { isMailboxId } from '../layout/layout.ts'
import { FunnelError, systemCode } from '../util/errors.ts'
import { openToRead } from '../util/files.ts'
import { isRecord } from '../util/values.ts'
import { decodeLogOptions, DEFAULT_LOG_OPTIONS, type LogOptions } from '../options/log-options.ts'
import { isWritableByOthers } from '../ownership/owners.ts'

export const HEADER_BYTES = 4096
export const BELL_OFFSET = 12
export const BELL_BYTES = 4
/** The value of a bell that was never set. */
export const FIRST_SLEEP = 1
const LAST_SLEEP = 255

const MAGIC = Buffer.from('PINOFUNL', 'latin1')
const VERSION_OFFSET = 8
const LENGTH_OFFSET = 16
const PROFILE_OFFSET = 20
/** Bytes of the profile, whose options of sinks may be long. */
const MAX_PROFILE_BYTES = 64 * 1024
const MAX_HEADER_BYTES: number = PROFILE_OFFSET + MAX_PROFILE_BYTES
const VERSION = 1

/**
 * How much of the log survives a power loss: `'never'` leaves it to the operating system, `interval` syncs what was
 * appended at least every so many ms, `level` syncs at once after a record of this level or above.
 */
export type SyncPolicy = 'never' | { readonly interval: number } | { readonly level: number }

/** The writer of a mailbox, and its log file. */
export interface WriterProfile {
  /** `listener`: its notices go the same way as the records of workers. */
  readonly role: 'worker' | 'listener'
  readonly sync: SyncPolicy
  /** Name of the log file inside the log directory: a name, never a path. */
  readonly file: string
  /** What this worker requests for the log file. */
  readonly log: LogOptions
  readonly pid: number
  readonly ppid: number
  /** 0 is the main thread. */
  readonly threadId: number
  /** See `kernelThread`. */
  readonly kernelThread: number
  /**
   * Whether an end without a report is a death. A thread may also end without one when it was terminated or its process
   * exited.
   */
  readonly reportsItsExit: boolean
  /** The PID namespace the pid belongs to, `''` where there are none. */
  readonly pidNamespace: string
  /** See `processStart`. */
  readonly start: string
  /** See `bootId`. Writers of former versions say nothing of it. */
  readonly boot?: string | undefined
  /** Where the application is, absolute: its own modules are loaded from there. */
  readonly application: string
  /** The script's name, to recognise the worker by. */
  readonly program: string
  /** The pool this worker belongs to: a library's name such as `cluster` or `piscina`, or that of an app in PM2. */
  readonly pool: string | undefined
  /** The number the pool gave this worker. */
  readonly slot: number | undefined
  /**
   * The mailbox that this thread has sealed before, for the same log file: its lines come first. Writers of former versions
   * say nothing of it, and readers of former versions pass over it.
   */
  readonly after?: string | undefined
  /**
   * When the mailbox was made, ms since the epoch. It decides which worker's requested options apply, and nothing else.
   */
  readonly since: number
}

/**
 * @throws FunnelError `FUNNEL_MAILBOX_INVALID` when the profile is too long for the header, or no reader would take it
 */
export function encodeHeader(profile: WriterProfile): Buffer {
  if (!isFileName(profile.file)) throw unusableName(profile.file)
  const json = Buffer.from(JSON.stringify(profile))
  if (json.length > MAX_PROFILE_BYTES) {
    throw new FunnelError(
      'FUNNEL_MAILBOX_INVALID',
      `The profile of this worker, with its options, takes ${json.length} bytes, and ${MAX_PROFILE_BYTES} are allowed. ` +
        `Use a shorter name for the log file (${profile.file}), and fewer options for its sinks.`,
    )
  }
  const header = Buffer.alloc(Math.max(HEADER_BYTES, PROFILE_OFFSET + json.length))
  MAGIC.copy(header)
  header.writeUInt32LE(VERSION, VERSION_OFFSET)
  header.writeUInt32LE(FIRST_SLEEP, BELL_OFFSET)
  header.writeUInt32LE(json.length, LENGTH_OFFSET)
  json.copy(header, PROFILE_OFFSET)
  return header
}

/** The next value of a bell that shows `bell`. */
export function nextBell(bell: number, state: 'polling' | 'asleep'): number {
  const hasState = isAsleep(bell) === (state === 'asleep')
  const next = bell + (hasState ? 2 : 1)
  return next <= LAST_SLEEP ? next : next - LAST_SLEEP + FIRST_SLEEP
}

export function isAsleep(bell: number): boolean {
  return bell % 2 === 1
}

/**
 * @throws FunnelError `FUNNEL_MAILBOX_INVALID` when the bytes are not a header, or of another version
 */
export function decodeHeader(header: Buffer): WriterProfile {
  if (header.length < HEADER_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw invalid(`it does not begin with ${MAGIC.toString('latin1')} and have ${HEADER_BYTES} bytes`)
  }
  const version = header.readUInt32LE(VERSION_OFFSET)
  if (version !== VERSION) throw invalid(`its version is ${version}, and version ${VERSION} is known here`)
  const length = header.readUInt32LE(LENGTH_OFFSET)
  if (length > MAX_PROFILE_BYTES) throw invalid(`its profile claims ${length} bytes of ${MAX_PROFILE_BYTES}`)
  return parseProfile(header.toString('utf8', PROFILE_OFFSET, PROFILE_OFFSET + length))
}

function parseProfile(json: string): WriterProfile {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw invalid('its profile is not JSON')
  }
  if (!isRecord(value)) throw invalid('its profile is not an object')
  const { file } = value
  // The one field the listener acts on: it must stay a name inside the log directory.
  if (typeof file !== 'string' || !isFileName(file)) throw unusableName(file)
  return {
    role: value['role'] === 'listener' ? 'listener' : 'worker',
    sync: syncPolicy(value['sync']),
    file,
    log: decodeLogOptions(value['log']),
    pid: integer(value['pid'], 0),
    ppid: integer(value['ppid'], 0),
    threadId: integer(value['threadId'], 0),
    kernelThread: integer(value['kernelThread'], 0),
    reportsItsExit: value['reportsItsExit'] === true,
    pidNamespace: text(value['pidNamespace']),
    start: text(value['start']),
    boot: typeof value['boot'] === 'string' ? value['boot'] : undefined,
    application: text(value['application']),
    program: text(value['program']),
    pool: typeof value['pool'] === 'string' ? value['pool'] : undefined,
    slot: value['slot'] === undefined ? undefined : integer(value['slot'], 0),
    after: typeof value['after'] === 'string' && isMailboxId(value['after']) ? value['after'] : undefined,
    since: integer(value['since'], 0),
  }
}

function unusableName(file: unknown): FunnelError {
  return invalid(`it names the log file ${typeof file === 'string' ? JSON.stringify(file) : typeof file}`)
}

function syncPolicy(value: unknown): SyncPolicy {
  if (!isRecord(value)) return 'never'
  const { interval, level } = value
  if (typeof interval === 'number') return { interval }
  return typeof level === 'number' ? { level } : 'never'
}

function integer(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : otherwise
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function invalid(why: string): FunnelError {
  return new FunnelError('FUNNEL_MAILBOX_INVALID', `A mailbox header is invalid: ${why}.`)
}

/**
 * Whether the header is there and was not cut: cheaper than to make sure that it is whole. `true` when the system can't
 * say. Never throws.
 */
export function headerSeemsWhole(mailbox: string): boolean {
  try {
    return (statSync(join(mailbox, 'header'), { throwIfNoEntry: false })?.size ?? 0) >= HEADER_BYTES
  } catch {
    return true
  }
}

/**
 * A header names modules that are loaded, so it counts only if it is the user's own. Where others may write it, by chmod
 * -R or by the group of a Kubernetes volume, it was perhaps theirs, too: its log options do not count.
 *
 * @param owned - a directory of the channel, which is known to be that user's
 * @returns the header, and what it says of its writer
 * @throws FunnelError `FUNNEL_MAILBOX_INVALID` when it is a link, or of another user; else the system's error
 */
export function readHeader(path: string, owned: string): { header: Buffer; profile: WriterProfile } {
  const descriptor = openHeader(path)
  try {
    const { size, uid, mode } = fstatSync(descriptor)
    if (uid !== statSync(owned).uid) throw foreign(path, uid)
    const bytes = Buffer.alloc(Math.min(size, MAX_HEADER_BYTES))
    const header = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0))
    const profile = decodeHeader(header)
    const isOwnersOnly = !isWritableByOthers(mode)
    return { header, profile: isOwnersOnly ? profile : { ...profile, log: DEFAULT_LOG_OPTIONS } }
  } finally {
    closeSync(descriptor)
  }
}

function foreign(path: string, uid: number): FunnelError {
  return new FunnelError(
    'FUNNEL_MAILBOX_INVALID',
    `A mailbox header is invalid: ${path} belongs to user ${uid}, as nothing in the channel should. Remove the mailbox.`,
  )
}

function openHeader(path: string): number {
  try {
    return openToRead(path)
  } catch (error) {
    if (systemCode(error) !== 'ELOOP') throw error
    throw new FunnelError('FUNNEL_MAILBOX_INVALID', `A mailbox header is invalid: ${path} is a symbolic link.`, {
      cause: error,
    })
  }
}

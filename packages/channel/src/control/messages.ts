/**
 * Control messages: one JSON object per line, over the listener's Unix socket. Records never travel here.
 *
 * A connection begins with `hello` from the client and `welcome` from the listener, both with the protocol's version.
 * Unknown types and unknown fields are refused: within one version the set is closed.
 */
import { isFileName } from '../mailbox/header.ts'
import { isRecord } from '../util/values.ts'
import type { Difference } from '../options/log-options.ts'
import type { SinkStatus } from '../options/log-sinks.ts'
import { isMailboxId } from '../layout/layout.ts'
import { FunnelError } from '../util/errors.ts'
import type { MailboxPosition } from '../mailbox/position.ts'

export const PROTOCOL_VERSION = 1

/** What a client sends is short. The bound keeps a broken or hostile client from filling the listener's memory. */
export const MAX_REQUEST_BYTES = 4096
/** A status of several hundred workers fits. */
export const MAX_REPLY_BYTES: number = 4 * 1024 * 1024

/** From a client to the listener. */
export type Request =
  /** A worker, for the mailbox it writes. */
  | { readonly type: 'hello'; readonly version: number; readonly role: 'writer'; readonly mailbox: string }
  /** A would-be listener, or the command line. */
  | { readonly type: 'hello'; readonly version: number; readonly role: 'candidate' | 'observer' }
  /** There is something in my mailbox, and its bell says that you sleep. */
  | { readonly type: 'ring' }
  /** Say so when everything before this position of my mailbox is in the log file. */
  | { readonly type: 'flush'; readonly request: number; readonly sequence: number; readonly offset: number }
  /** Close the log files and open them again by name. */
  | { readonly type: 'reopen' }
  /** My event loop turns: the answer to a ping. */
  | { readonly type: 'pong' }
  /** A child process or thread of mine has ended. */
  | ({ readonly type: 'ended' } & ChildEnd)
  /** Rotate the log files, or just the one with this name. */
  | { readonly type: 'rotate'; readonly file: string | null }
  | { readonly type: 'status' }
  /** Leave as soon as the last writer has left and everything is in the log files. */
  | { readonly type: 'stop' }

/** From the listener to a client. */
export type Reply =
  /** The listener serves. One that is on its way out ends the connection instead. */
  | { readonly type: 'welcome'; readonly version: number; readonly epoch: number }
  | { readonly type: 'flushed'; readonly request: number }
  /** The mailbox can't be read at present; `error` says why. */
  | { readonly type: 'unflushed'; readonly request: number; readonly error: string }
  /** Answer when your event loop turns. */
  | { readonly type: 'ping' }
  /** Your log file can't be appended to at present (`error` says why), or can again (`null`). */
  | { readonly type: 'trouble'; readonly error: string | null }
  | { readonly type: 'status'; readonly status: ListenerStatus }
  | { readonly type: 'stopping'; readonly writers: number }
  | { readonly type: 'rotated'; readonly files: readonly Rotated[] }
  /** An older worker wishes something else for your log file: what counts is the older one's. */
  | { readonly type: 'differs'; readonly differences: readonly Difference[] }

/** What a parent knows of the end of a child process or thread. */
export interface ChildEnd {
  readonly pid: number
  /** 0 for a process. */
  readonly threadId: number
  readonly signal: string | null
  readonly code: number | null
  /** The error that has ended a thread. */
  readonly error: string | null
  /** When the parent got to know, ms since the epoch. */
  readonly at: number
}

/** Of errors; a request has MAX_REQUEST_BYTES. */
export const MAX_ERROR_CHARACTERS = 500

/** What became of a log file that was to be rotated. */
export interface Rotated {
  readonly file: string
  /** The name it has now, `null` when it was empty or could not be rotated. */
  readonly to: string | null
  readonly error: string | null
}

/** What a listener says of itself. Times are ms since the epoch, sizes bytes. */
export interface ListenerStatus {
  readonly pid: number
  readonly epoch: number
  readonly since: number
  readonly version: string
  readonly memory: number
  readonly files: readonly LogFileStatus[]
  readonly mailboxes: readonly MailboxStatus[]
}

export interface LogFileStatus {
  readonly file: string
  /** Bytes this listener has appended. */
  readonly bytes: number
  /** Records this listener has appended. */
  readonly records: number
  /** Where its records go besides. */
  readonly sinks: readonly SinkStatus[]
  /** Times this listener has rotated it. */
  readonly rotations: number
  /** Why it can't be appended to or rotated at present, or its rotated files not be compressed or deleted, or `null`. */
  readonly trouble: string | null
}

export interface MailboxStatus {
  readonly id: string
  readonly file: string
  readonly pid: number
  readonly threadId: number
  readonly program: string
  readonly pool: string | null
  /** The worker's number in its pool. */
  readonly slot: number | null
  readonly since: number
  readonly form: string
  readonly life: 'connected' | 'alive' | 'unknown' | 'sealed' | 'dead'
  /** What its event loop does; `null` where that is not known. */
  readonly activity: WorkerActivity | null
  /** Up to where it is in the log file. */
  readonly position: MailboxPosition
  /** What this listener has collected from it. */
  readonly bytes: number
  readonly records: number
  /** When the last record was collected, `null` when none was yet. */
  readonly last: number | null
}

/** `stalled`: the process lives, and its event loop does not turn. `stopped`: by a signal. */
export interface WorkerActivity {
  readonly state: 'running' | 'stalled' | 'stopped'
  /** `null` while it runs. */
  readonly since: number | null
}

export function encodeMessage(message: Request | Reply): string {
  return `${JSON.stringify(message)}\n`
}

type Fields = Readonly<Record<string, unknown>>

/**
 * @throws FunnelError `FUNNEL_MESSAGE_INVALID`, naming the field that is wrong
 */
export function parseRequest(text: string): Request {
  const fields = parseObject(text)
  switch (fields['type']) {
    case 'hello':
      return parseHello(fields)
    case 'flush':
      only(fields, ['type', 'request', 'sequence', 'offset'])
      return {
        type: 'flush',
        request: count(fields, 'request'),
        sequence: count(fields, 'sequence'),
        offset: count(fields, 'offset'),
      }
    case 'rotate':
      only(fields, ['type', 'file'])
      return { type: 'rotate', file: fileName(fields['file']) }
    case 'ended':
      only(fields, ['type', 'pid', 'threadId', 'signal', 'code', 'error', 'at'])
      return { type: 'ended', ...parseChildEnd(fields) }
    case 'ring':
    case 'pong':
    case 'reopen':
    case 'status':
    case 'stop':
      only(fields, ['type'])
      return { type: fields['type'] }
    default:
      throw invalid(`unknown type ${shown(fields['type'])}`)
  }
}

function parseChildEnd(fields: Fields): ChildEnd {
  const { code } = fields
  return {
    pid: count(fields, 'pid'),
    threadId: count(fields, 'threadId'),
    signal: textOrNull(fields, 'signal'),
    // On Windows it has 32 bits, and on macOS it may be negative.
    code: typeof code === 'number' && Number.isSafeInteger(code) ? code : null,
    error: textOrNull(fields, 'error')?.slice(0, MAX_ERROR_CHARACTERS) ?? null,
    at: count(fields, 'at'),
  }
}

function parseHello(fields: Fields): Request {
  only(fields, ['type', 'version', 'role', 'mailbox'])
  const version = count(fields, 'version')
  if (version !== PROTOCOL_VERSION) {
    throw invalid(`protocol version ${version}, and version ${PROTOCOL_VERSION} is spoken here`)
  }
  const { role, mailbox } = fields
  if (role === 'candidate' || role === 'observer') return { type: 'hello', version, role }
  if (role !== 'writer') throw invalid(`unknown role ${shown(role)}`)
  if (typeof mailbox !== 'string' || !isMailboxId(mailbox)) throw invalid(`mailbox ${shown(mailbox)}`)
  return { type: 'hello', version, role, mailbox }
}

/**
 * Replies come from our own listener over a private directory; what a client acts on is checked, a status is passed on.
 *
 * @throws FunnelError `FUNNEL_MESSAGE_INVALID`
 */
export function parseReply(text: string): Reply {
  const fields = parseObject(text)
  const { type } = fields
  if (type === 'ping') return { type }
  if (type === 'flushed') return { type, request: count(fields, 'request') }
  if (type === 'unflushed' && typeof fields['error'] === 'string') {
    return { type, request: count(fields, 'request'), error: fields['error'] }
  }
  if (type === 'trouble' && (typeof fields['error'] === 'string' || fields['error'] === null)) {
    return { type, error: fields['error'] }
  }
  if (type === 'rotated' && isArrayOf(fields['files'], isRotated)) return { type, files: fields['files'] }
  if (type === 'differs' && isArrayOf(fields['differences'], isDifference)) {
    return { type, differences: fields['differences'] }
  }
  if (type === 'stopping') return { type, writers: count(fields, 'writers') }
  if (type === 'status' && isStatus(fields['status'])) return { type, status: fields['status'] }
  if (type === 'welcome') return { type, version: count(fields, 'version'), epoch: count(fields, 'epoch') }
  throw invalid(`unknown reply ${shown(type)}`)
}

function textOrNull(fields: Fields, name: string): string | null {
  const value = fields[name]
  if (isTextOrNull(value)) return value
  throw invalid(`field ${name} is ${shown(value)}, expected text or null`)
}

function fileName(value: unknown): string | null {
  if (value === null || (typeof value === 'string' && isFileName(value))) return value
  throw invalid(`field file is ${shown(value)}, expected a log file's name or null`)
}

function isArrayOf<T>(value: unknown, is: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every((item) => is(item))
}

function isRotated(value: unknown): value is Rotated {
  return (
    isRecord(value) && typeof value['file'] === 'string' && isTextOrNull(value['to']) && isTextOrNull(value['error'])
  )
}

function isDifference(value: unknown): value is Difference {
  return isRecord(value) && typeof value['option'] === 'string' && 'given' in value && 'effective' in value
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

function isStatus(value: unknown): value is ListenerStatus {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Fields
  return typeof fields['pid'] === 'number' && Array.isArray(fields['files']) && Array.isArray(fields['mailboxes'])
}

function parseObject(text: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('not an object')
  return value as Fields
}

function only(fields: Fields, known: readonly string[]): void {
  const stranger = Object.keys(fields).find((name) => !known.includes(name))
  if (stranger !== undefined) throw invalid(`unknown field ${shown(stranger)}`)
}

function count(fields: Fields, name: string): number {
  const value = fields[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(`field ${name} is ${shown(value)}, expected a whole number from 0 on`)
}

/** Whatever came is shown short; an object only by its kind, since a deeply nested one would exhaust the stack. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

function invalid(why: string): FunnelError {
  return new FunnelError('FUNNEL_MESSAGE_INVALID', `A control message can't be understood: ${why}.`)
}

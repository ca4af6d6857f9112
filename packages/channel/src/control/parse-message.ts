/** What arrives on a control socket, checked field by field before either end acts on it. */
import { isFileName } from '../layout/file-name.ts'
import { isMailboxId } from '../layout/layout.ts'
import type { Difference } from '../options/log-options.ts'
import { FunnelError } from '../util/errors.ts'
import { isRecord } from '../util/values.ts'
import type { LevelReport, ListenerStatus } from './listener-status.ts'
import {
  MAX_ERROR_CHARACTERS,
  PROTOCOL_VERSION,
  type ChildEnd,
  type Reply,
  type Request,
  type Rotated,
} from './messages.ts'

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
    case 'follows':
      only(fields, ['type', 'question', 'loggers', 'level', 'until', 'error'])
      return { type: 'follows', question: count(fields, 'question'), ...parseLevelReport(fields) }
    case 'ring':
    case 'pong':
    case 'reopen':
    case 'levels':
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
    // It may be negative on macOS.
    code: typeof code === 'number' && Number.isSafeInteger(code) ? code : null,
    error: textOrNull(fields, 'error')?.slice(0, MAX_ERROR_CHARACTERS) ?? null,
    at: count(fields, 'at'),
  }
}

function parseLevelReport(fields: Fields): LevelReport {
  return {
    loggers: count(fields, 'loggers'),
    level: textOrNull(fields, 'level'),
    until: fields['until'] === null ? null : count(fields, 'until'),
    error: textOrNull(fields, 'error')?.slice(0, MAX_ERROR_CHARACTERS) ?? null,
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
  if (type === 'ping' || type === 'gone') return { type }
  if (type === 'levels') return { type, question: count(fields, 'question') }
  if (type === 'flushed') return { type, request: count(fields, 'request') }
  if (type === 'unflushed' && typeof fields['error'] === 'string') {
    return { type, request: count(fields, 'request'), error: fields['error'], lost: fields['lost'] === true }
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
  if (!isRecord(value)) return false
  return typeof value['pid'] === 'number' && Array.isArray(value['files']) && Array.isArray(value['mailboxes'])
}

function parseObject(text: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('not JSON')
  }
  if (!isRecord(value)) throw invalid('not an object')
  return value
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
  return new FunnelError('FUNNEL_MESSAGE_INVALID', `A control message is invalid: ${why}.`)
}

/**
 * Every error pino-funnel raises, by its stable code.
 *
 * What always holds in this room: it knows nothing of logging, and imports no room but `captured`.
 *
 * Codes are append-only: an application may switch on them for ever. `retry` says whether the same call can succeed
 * later without a change: a full disk may become free again, a wrong option stays wrong.
 */
import { withNames } from './held-directory.ts'

interface Codes {
  FUNNEL_OPTION_UNKNOWN: { retry: false }
  FUNNEL_OPTION_INVALID: { retry: false }
  FUNNEL_LOG_FILE_UNUSABLE: { retry: false }
  FUNNEL_LOG_DIRECTORY_UNUSABLE: { retry: false }
  FUNNEL_LOG_DIRECTORY_SHARED: { retry: false }
  FUNNEL_CHANNEL_SYMLINK: { retry: false }
  FUNNEL_CHANNEL_NOT_A_DIRECTORY: { retry: false }
  FUNNEL_CHANNEL_FOREIGN: { retry: false }
  FUNNEL_CHANNEL_OPEN_TO_OTHERS: { retry: false }
  FUNNEL_CHANNEL_FORMAT: { retry: false }
  FUNNEL_CHANNEL_OTHER_LOG_DIRECTORY: { retry: false }
  FUNNEL_CHANNEL_OTHER_VIEW: { retry: true }
  FUNNEL_CHANNEL_MISSING: { retry: false }
  FUNNEL_CHANNEL_UNREADABLE: { retry: false }
  FUNNEL_SOCKET_PATH_TOO_LONG: { retry: false }
  FUNNEL_SOCKET_UNUSABLE: { retry: true }
  FUNNEL_MAPPING_UNAVAILABLE: { retry: false }
  FUNNEL_MAILBOX_INVALID: { retry: false }
  FUNNEL_MAILBOX_GONE: { retry: true }
  FUNNEL_MAILBOX_DAMAGED: { retry: true }
  FUNNEL_CHANNEL_TROUBLE: { retry: true }
  FUNNEL_MESSAGE_INVALID: { retry: false }
  FUNNEL_MESSAGE_TOO_LONG: { retry: false }
  FUNNEL_DESTINATION_ENDED: { retry: false }
  FUNNEL_FLUSH_TIMEOUT: { retry: true }
  FUNNEL_RECORD_DROPPED: { retry: false }
  FUNNEL_LOG_FILE_TROUBLE: { retry: true }
  FUNNEL_LAUNCH_FAILED: { retry: true }
  FUNNEL_OPTIONS_DIFFER: { retry: false }
  FUNNEL_FORMAT_UNAVAILABLE: { retry: false }
  FUNNEL_CHANNEL_REMOTE: { retry: false }
  FUNNEL_LOG_FILE_NOT_OPENED: { retry: true }
  FUNNEL_LOG_GAP: { retry: false }
  FUNNEL_POSITION_UNKNOWN: { retry: false }
  FUNNEL_TOO_MANY_LOG_FILES: { retry: false }
  FUNNEL_TOO_MANY_LEVELS: { retry: false }
  FUNNEL_POOL_UNCONFIGURED: { retry: false }
  FUNNEL_LISTENER_MISSING: { retry: false }
  FUNNEL_SEGMENT_LOST: { retry: true }
  FUNNEL_CHANNEL_MOVED: { retry: true }
  FUNNEL_LISTENER_SILENT: { retry: true }
  FUNNEL_MAILBOX_NOT_MADE: { retry: true }
  FUNNEL_PLATFORM_UNSUPPORTED: { retry: false }
  FUNNEL_DEVELOPMENT_MODE: { retry: false }
  FUNNEL_SHIP_OTHER_LOG: { retry: false }
  FUNNEL_SHIP_CLIENT_MISSING: { retry: false }
  FUNNEL_SHIP_UNUSABLE: { retry: true }
  FUNNEL_SHIP_LOG_WENT_BACK: { retry: false }
  FUNNEL_SHIP_REFUSED: { retry: true }
  FUNNEL_SHIP_OTHER_PLACE: { retry: false }
  FUNNEL_RECORDS_LOST: { retry: false }
}

type Retryable = { [Code in FunnelErrorCode]: Codes[Code]['retry'] extends true ? Code : never }[FunnelErrorCode]

/** Those of the table, for a worker loads the others only as types. */
const RETRYABLE: Readonly<Record<Retryable, true>> = {
  FUNNEL_CHANNEL_OTHER_VIEW: true,
  FUNNEL_SOCKET_UNUSABLE: true,
  FUNNEL_MAILBOX_GONE: true,
  FUNNEL_MAILBOX_DAMAGED: true,
  FUNNEL_CHANNEL_TROUBLE: true,
  FUNNEL_FLUSH_TIMEOUT: true,
  FUNNEL_LOG_FILE_TROUBLE: true,
  FUNNEL_LAUNCH_FAILED: true,
  FUNNEL_LOG_FILE_NOT_OPENED: true,
  FUNNEL_SEGMENT_LOST: true,
  FUNNEL_CHANNEL_MOVED: true,
  FUNNEL_LISTENER_SILENT: true,
  FUNNEL_MAILBOX_NOT_MADE: true,
  FUNNEL_SHIP_UNUSABLE: true,
  FUNNEL_SHIP_REFUSED: true,
}

/** One of the stable codes in the table above, such as `'FUNNEL_OPTION_INVALID'`. */
export type FunnelErrorCode = keyof Codes

/**
 * Every error of pino-funnel.
 *
 * The message says what failed, why, the value seen and the cure, in this order.
 */
export class FunnelError extends Error {
  override readonly name: string = 'FunnelError'
  /** Stable: an application may switch on it. */
  readonly code: FunnelErrorCode
  /** Whether the same call can succeed later without a change. */
  readonly retry: boolean

  constructor(code: FunnelErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(withNames(message), options)
    this.code = code
    this.retry = Object.hasOwn(RETRYABLE, code)
  }
}

/**
 * The `code` of a Node.js system error (`'ENOENT'`), or `undefined` for any other value. Not by `instanceof`: inside
 * Jest and other vm contexts, Node.js's errors are of another realm.
 */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

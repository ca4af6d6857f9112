/**
 * Control messages: one JSON object per line, over the listener's Unix socket.
 *
 * What always holds in this room: records never travel here, and no record depends on a message.
 *
 * A connection begins with `hello` from the client and `welcome` from the listener, both with the protocol's version.
 * Unknown types and unknown fields are refused: within one version the set is closed.
 */
import type { Difference } from '../options/log-options.ts'
import type { LevelReport, ListenerStatus } from './listener-status.ts'

export const PROTOCOL_VERSION = 1

/** Requests are short. The bound keeps a broken or hostile client from filling the listener's memory. */
export const MAX_REQUEST_BYTES = 4096
/** A status of several hundred workers fits. */
export const MAX_REPLY_BYTES: number = 4 * 1024 * 1024

/** From a client to the listener. */
export type Request =
  /** A worker, for the mailbox it writes. */
  | { readonly type: 'hello'; readonly version: number; readonly role: 'writer'; readonly mailbox: string }
  /** A would-be listener, or the command line. */
  | { readonly type: 'hello'; readonly version: number; readonly role: 'candidate' | 'observer' }
  /** My mailbox has new lines, and its bell says that you sleep. */
  | { readonly type: 'ring' }
  /** Say so when everything before this position of my mailbox is in the log file. */
  | { readonly type: 'flush'; readonly request: number; readonly sequence: number; readonly offset: number }
  /** Close the log files and open them again by name. */
  | { readonly type: 'reopen' }
  /** My event loop turns: the answer to a ping. */
  | { readonly type: 'pong' }
  /** A child process or thread of mine has ended. */
  | ({ readonly type: 'ended' } & ChildEnd)
  /** What my loggers have done with the orders of levels: the answer to `levels`, and to `welcome` as question 0. */
  | ({ readonly type: 'follows'; readonly question: number } & LevelReport)
  /** Levels were ordered, or orders ended: let the workers read them. */
  | { readonly type: 'levels' }
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
  /** The mailbox currently can't be read, or records that the flush waits for may be `lost`; `error` says why. */
  | { readonly type: 'unflushed'; readonly request: number; readonly error: string; readonly lost: boolean }
  /** There is no such mailbox: it was moved or deleted. */
  | { readonly type: 'gone' }
  /** Answer when your event loop turns. */
  | { readonly type: 'ping' }
  /** Read the orders of levels, and answer `follows` with this number: an earlier answer may still be on its way. */
  | { readonly type: 'levels'; readonly question: number }
  /** Your log file currently can't be appended to (`error` says why), or can again (`null`). */
  | { readonly type: 'trouble'; readonly error: string | null }
  | { readonly type: 'status'; readonly status: ListenerStatus }
  | { readonly type: 'stopping'; readonly writers: number }
  | { readonly type: 'rotated'; readonly files: readonly Rotated[] }
  /** An older worker requested other options for your log file, and the older worker's apply. */
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
  /** When the parent learned of it, ms since the epoch. */
  readonly at: number
}

/** Characters kept of an error in a request, which has MAX_REQUEST_BYTES at most. */
export const MAX_ERROR_CHARACTERS = 500

/** The result of rotating one log file. */
export interface Rotated {
  readonly file: string
  /** The name it has now, `null` when it was empty or could not be rotated. */
  readonly to: string | null
  readonly error: string | null
}

export function encodeMessage(message: Request | Reply): string {
  return `${JSON.stringify(message)}\n`
}

/** Messages between a sink's process and the listener, over the process's IPC channel. Lines go through stdin. */
import { isRecord, isWholeNumber, type SinkOptions } from '@pino-funnel/channel'

/** The only message of the listener. */
export type SinkTask = Pick<SinkOptions, 'name' | 'target' | 'options' | 'directory'>

/** A message of the process. */
export type SinkMessage =
  /** The target has made its stream. */
  | { readonly type: 'ready' }
  /** The stream has taken more bytes and lines. */
  | { readonly type: 'taken'; readonly bytes: number; readonly lines: number }
  /** The process ends for this reason. */
  | { readonly type: 'failed'; readonly error: string }

/** A target may send other messages, which are ignored. */
export function isSinkMessage(value: unknown): value is SinkMessage {
  if (!isRecord(value)) return false
  if (value['type'] === 'ready') return true
  if (value['type'] === 'failed') return typeof value['error'] === 'string'
  return value['type'] === 'taken' && isWholeNumber(value['bytes']) && isWholeNumber(value['lines'])
}

/** What a sink's process and the listener say to each other, over the process's IPC channel. Lines go through stdin. */
import type { SinkOptions } from '@pino-funnel/channel'

/** The listener's first and only word. */
export type SinkTask = Pick<SinkOptions, 'name' | 'target' | 'options' | 'directory'>

/** From the process. */
export type SinkMessage =
  /** The target's stream is there. */
  | { readonly type: 'ready' }
  /** The stream has taken so many more bytes and lines. */
  | { readonly type: 'taken'; readonly bytes: number; readonly lines: number }
  /** It ends for this reason. */
  | { readonly type: 'failed'; readonly error: string }

/** Whatever else a target may send is not for us. */
export function isSinkMessage(value: unknown): value is SinkMessage {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false
  if (value.type === 'ready') return true
  if (value.type === 'failed') return 'error' in value && typeof value.error === 'string'
  return value.type === 'taken' && 'bytes' in value && isCount(value.bytes) && 'lines' in value && isCount(value.lines)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

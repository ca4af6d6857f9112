import { isRecord, MAX_ORDER_WINDOW_MS, type OrderOptions } from '@pino-funnel/channel'
import { optional, type Given } from './option-checks.ts'

/** See `DestinationOptions.order`. */
export type OrderSetting = 'time' | { readonly by: 'time'; readonly window?: number }

/**
 * The listener polls each mailbox every 250 ms, so it may read a record of a worker that can't ring that much later.
 */
const DEFAULT_WINDOW_MS = 300

const EXPECTED = `'time' or { by: 'time', window: ms }, with a window of 1 to ${MAX_ORDER_WINDOW_MS} ms`

/** @throws FunnelError `FUNNEL_OPTION_INVALID` */
export function resolveOrder(given: Given): { order?: OrderOptions } {
  const order = optional(given, 'order', EXPECTED, isOrder, undefined)
  if (order === undefined) return {}
  return { order: { window: order === 'time' ? DEFAULT_WINDOW_MS : (order.window ?? DEFAULT_WINDOW_MS) } }
}

function isOrder(value: unknown): value is OrderSetting {
  if (value === 'time') return true
  if (!isRecord(value) || value['by'] !== 'time') return false
  if (Object.keys(value).some((name) => name !== 'by' && name !== 'window')) return false
  return value['window'] === undefined || isWindow(value['window'])
}

function isWindow(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_ORDER_WINDOW_MS
}

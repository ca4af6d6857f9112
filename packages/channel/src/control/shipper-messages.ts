/** Messages between the listener and a shipper that it has launched, over the process's IPC channel. */
import { isPlainObject } from '../util/json.ts'
import { isWholeNumber } from '../util/values.ts'

/** What the listener sends. */
export type ShipperOrder =
  | {
      readonly type: 'ship'
      /** The live file. Absolute. */
      readonly file: string
      /** Directory of the log's channel. Absolute. */
      readonly channelDir: string
      readonly name: string
      /** An entry of the configuration. */
      readonly settings: Readonly<Record<string, unknown>>
      /** Relative paths of secrets are meant from here. */
      readonly directory: string
    }
  /** Ship what the log has by now, and end. May come again. */
  | {
      readonly type: 'finish'
      /** Ms for which an engine that is away is tried, until the shipper ends without it. */
      readonly patience: number
    }

/** What the shipper sends. What it prints is for people. */
export type ShipperMessage =
  /** Its options are right, and it works. */
  | { readonly type: 'ready' }
  | { readonly type: 'trouble'; readonly error: string }
  | { readonly type: 'recovered' }
  /** Positions that the engine no longer has. */
  | { readonly type: 'rewound'; readonly from: number; readonly to: number }
  /** Positions that were deleted before they were shipped, and how many of them had bytes. */
  | { readonly type: 'lost'; readonly from: number; readonly to: number; readonly bytes: number }
  /** Records that the engine never takes, and why. */
  | { readonly type: 'refused'; readonly records: number; readonly error: string }
  /** The process ends for this reason. */
  | { readonly type: 'failed'; readonly error: string }

export function isShipperOrder(value: unknown): value is ShipperOrder {
  if (!isPlainObject(value)) return false
  const { type, file, channelDir, name, settings, directory, patience } = value
  if (type === 'finish') return isWholeNumber(patience)
  const texts = [file, channelDir, name, directory]
  return type === 'ship' && texts.every((each) => typeof each === 'string') && isPlainObject(settings)
}

export function isShipperMessage(value: unknown): value is ShipperMessage {
  if (!isPlainObject(value)) return false
  switch (value['type']) {
    case 'ready':
    case 'recovered':
      return true
    case 'trouble':
    case 'failed':
      return typeof value['error'] === 'string'
    case 'refused':
      return isWholeNumber(value['records']) && typeof value['error'] === 'string'
    case 'rewound':
      return isWholeNumber(value['from']) && isWholeNumber(value['to'])
    case 'lost':
      return isWholeNumber(value['from']) && isWholeNumber(value['to']) && isWholeNumber(value['bytes'])
    default:
      return false
  }
}

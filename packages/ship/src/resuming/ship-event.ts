import type { Batch } from '../engine/engine.ts'

export type ShipEvent =
  | { readonly type: 'trouble'; readonly error: Error }
  | { readonly type: 'recovered' }
  | { readonly type: 'warning'; readonly message: string }
  /** The engine no longer has what it had acknowledged. It is sent again. */
  | { readonly type: 'rewound'; readonly from: number; readonly to: number }
  /** Bytes of the log that were deleted before they were stored: fewer than positions, where positions were left out. */
  | { readonly type: 'lost'; readonly from: number; readonly to: number; readonly bytes: number }
  /** Records that the engine never takes: so many of those in the batch, whose others may be stored already. */
  | {
      readonly type: 'refused'
      readonly batch: Batch
      readonly records: number
      readonly error: Error
      readonly isRestStored: boolean
    }

/** A sentence about an event, for people. */
export function sentenceOf(event: ShipEvent): string {
  switch (event.type) {
    case 'trouble':
      return `can't ship: ${event.error.message.replace(/\.$/, '')}. The shipper tries again until it succeeds. No record is given up`
    case 'recovered':
      return 'ships again'
    case 'warning':
      return event.message
    case 'rewound':
      return `the engine no longer has what it had acknowledged, positions ${event.from} to ${event.to}: it is sent again`
    case 'lost':
      return `${event.bytes} bytes of the log, positions ${event.from} to ${event.to}, were deleted or given up before they were shipped`
    case 'refused':
      return `the engine refused ${event.batch.records === 1 ? 'the record' : 'records'} at position ${event.batch.from}: ${event.error.message}. See the file 'rejected'`
  }
}

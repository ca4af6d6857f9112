import type { Batch } from '../engine/engine.ts'

export type ShipEvent =
  | { readonly type: 'trouble'; readonly error: Error }
  | { readonly type: 'recovered' }
  | { readonly type: 'warning'; readonly message: string }
  /** The engine no longer has what it had acknowledged. It is sent again. */
  | { readonly type: 'rewound'; readonly from: number; readonly to: number }
  /** Bytes of the log that were deleted before they were stored. */
  | { readonly type: 'lost'; readonly from: number; readonly to: number }
  /** A record that the engine never takes. */
  | { readonly type: 'refused'; readonly batch: Batch; readonly error: Error }

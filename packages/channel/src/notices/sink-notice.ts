import type { DropTally } from '../mailbox/drops.ts'

/** What there is to say about sinks in the log. */
export type SinkNotice =
  /** Causes are `'queue full'`, `'unconfirmed'` (see `SinkStatus`) and `'closed'`. */
  | ({ readonly event: 'sink-dropped'; readonly sink: string } & DropTally)
  /** It failed after it had been well. It is restarted, and told of again only when it has been well for a while. */
  | { readonly event: 'sink-failed'; readonly sink: string; readonly error: string }

import type { DropTally } from '../mailbox/drops.ts'

/** What pino-funnel reports about sinks in the log. */
export type SinkNotice =
  /** Causes are `'queue full'`, `'unconfirmed'` (see `SinkStatus`) and `'closed'`. */
  | ({ readonly event: 'sink-dropped'; readonly sink: string } & DropTally)
  /** It failed after it had worked. It is restarted, and reported again only after it has worked for a while. */
  | { readonly event: 'sink-failed'; readonly sink: string; readonly error: string }

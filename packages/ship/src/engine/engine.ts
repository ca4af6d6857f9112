/**
 * What an engine is: the place that a log is shipped to.
 *
 * What always holds in this room: an engine that promises `exactly-once` stores a batch only directly after what its
 * caller has named, and compares and stores in one step inside the engine. (Kafka fences the writers before instead, and
 * has the position in the same transaction.) So what it holds of a log is a prefix of the
 * log, whichever shipper sends what, however late. A shipper that does not know what is stored asks, and goes on from
 * there. The checkpoint on this host is a hint.
 */

/** Which log it is, wherever its files lie. */
export interface LogOrigin {
  /** 128 random bits, as 32 hexadecimal digits. */
  readonly id: string
  /** Of the live file: `app.log`. */
  readonly name: string
  readonly host: string
}

/** The id of a record: the log's id, and the position of its first byte. */
export function recordId(log: string, position: number): string {
  return `${log}-${position}`
}

/** A run of whole lines on its way to an engine. */
export interface Batch {
  /** Position of its first byte in the log. It is beyond the end of the batch before when records are missing. */
  readonly from: number
  /** Position after its last byte. */
  readonly to: number
  /** Whole lines. Where a transform has changed records, they are not `to - from` bytes. */
  readonly bytes: Buffer
  /** Records in it. */
  readonly records: number
  /** Where each record begins, from `from` on; left out when the bytes are those of the log. */
  readonly offsets?: readonly number[]
}

/** The end of what an engine holds of a log. */
export interface Stored {
  /** Id of the log that the last batch is of. */
  readonly log: string
  /** Position after the last byte. */
  readonly to: number
  /** The engine's own address of the last batch: a sequence number, an entry id. */
  readonly token: string
  /** When the stream was created. A stream that was created at another time has lost all that this one held. */
  readonly created?: string
}

/** Records that an engine refused for good, although it has stored the batch that they are of. */
export interface RefusedRecords {
  /** They are in it. */
  readonly batch: Batch
  /** How many. */
  readonly records: number
  readonly reason: string
}

/** What an engine answers when it has stored a batch. */
export interface StoredNow extends Stored {
  readonly refused?: readonly RefusedRecords[]
}

/** The same, as the engine answers. */
export interface LastStored extends Stored {
  /** The last batch that is stored. It finds a log again that has lost its id, and one that has gone back. */
  readonly batch?: Batch
}

/**
 * What becomes of a record in the engine, whatever is killed or arrives late.
 *
 * - `exactly-once`: stored once
 * - `deduplicated`: stored twice at times, and the engine drops the second one within limits
 * - `at-least-once`: stored twice at times, with equal ids
 */
export type EnginePromise = 'exactly-once' | 'deduplicated' | 'at-least-once'

export interface Engine {
  readonly promise: EnginePromise
  /** Bytes of a batch, at most. */
  readonly maxBytes: number
  /** Said once when shipping begins, such as that the engine deletes what was not read yet. */
  readonly warnings: readonly string[]
  /** The end of what it holds of this log; `undefined` when it holds nothing, or can't say. */
  last(): Promise<LastStored | undefined>
  /**
   * Whether a batch that it acknowledged is not there because it was lost: not deleted, expired or purged. Asked when
   * `last` finds nothing.
   */
  hasLost(stored: Stored): Promise<boolean>
  /**
   * Stores a batch. It is durable, as the engine understands that, when the promise is fulfilled.
   *
   * @param after - what the engine is believed to hold
   * @throws ConflictError when it holds something else; RefusedError when it never takes this batch; LaterError, or any
   * other error, when it is not known whether the batch is stored
   */
  store(batch: Batch, after: Stored | undefined): Promise<StoredNow>
  close(): Promise<void>
}

/** Opens an engine for one log. */
export type OpenEngine = (log: LogOrigin) => Promise<Engine>

/** Where in an engine a log is. */
export interface Place {
  /** For people, and to compare: `the subject logs.web-1.app_log of the stream LOGS`. */
  readonly name: string
  /** Addresses of the servers that have it. */
  readonly servers: readonly string[]
}

/** The engine holds something else than was believed. Nothing was stored. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
}

/** The engine takes nothing now. */
export class LaterError extends Error {
  override readonly name = 'LaterError'
  /** Ms that it wants to be left alone. */
  readonly wait: number
  /** Whether nothing is stored twice when the batch is sent again. */
  readonly isRepeatable: boolean

  constructor(message: string, wait: number, isRepeatable = false) {
    super(message)
    this.wait = wait
    this.isRepeatable = isRepeatable
  }
}

/** The engine takes everything but this batch. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

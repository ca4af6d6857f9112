import type {
  Batch,
  Engine,
  EnginePromise,
  LastStored,
  LogOrigin,
  RefusedRecords,
  StoredNow,
} from '../engine/engine.ts'

/** How an engine that can't be asked what it holds sends a batch. */
export interface Sending {
  readonly promise: Exclude<EnginePromise, 'exactly-once'>
  /** Bytes of a batch, at most. */
  readonly maxBytes: number
  /** @returns what the engine has not taken. @throws as `Engine.store` */
  send(batch: Batch): Promise<readonly RefusedRecords[]>
  close?(): void
}

/** An engine that can't be asked what it holds: the checkpoint says where to go on, and a record may come twice. */
export class UnaskedEngine implements Engine {
  readonly promise: EnginePromise
  readonly maxBytes: number
  readonly warnings: readonly string[] = []
  readonly #sending: Sending
  readonly #log: LogOrigin

  constructor(sending: Sending, log: LogOrigin) {
    this.promise = sending.promise
    this.maxBytes = sending.maxBytes
    this.#sending = sending
    this.#log = log
  }

  async last(): Promise<LastStored | undefined> {
    return undefined
  }

  async hasLost(): Promise<boolean> {
    return false
  }

  async store(batch: Batch): Promise<StoredNow> {
    const refused = await this.#sending.send(batch)
    return { log: this.#log.id, to: batch.to, token: String(batch.to), ...(refused.length > 0 && { refused }) }
  }

  async close(): Promise<void> {
    this.#sending.close?.()
  }
}

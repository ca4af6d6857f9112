import type {
  Batch,
  Engine,
  EnginePromise,
  LastStored,
  LogIdentity,
  RefusedRecords,
  StoredNow,
} from '../../engine/engine.ts'

/** How an engine with an HTTP interface sends a batch. */
export interface HttpDialect {
  readonly promise: Exclude<EnginePromise, 'exactly-once'>
  /** Bytes of a batch, at most. */
  readonly maxBytes: number
  /** @returns what the engine has not taken. @throws as `Engine.store` */
  send(batch: Batch, log: LogIdentity): Promise<readonly RefusedRecords[]>
}

/** An engine that can't be asked what it holds: the checkpoint says where to go on, and a record may come twice. */
export class HttpEngine implements Engine {
  readonly promise: EnginePromise
  readonly maxBytes: number
  readonly warnings: readonly string[] = []
  readonly #dialect: HttpDialect
  readonly #log: LogIdentity

  constructor(dialect: HttpDialect, log: LogIdentity) {
    this.promise = dialect.promise
    this.maxBytes = dialect.maxBytes
    this.#dialect = dialect
    this.#log = log
  }

  async last(): Promise<LastStored | undefined> {
    return undefined
  }

  async hasLost(): Promise<boolean> {
    return false
  }

  async store(batch: Batch): Promise<StoredNow> {
    const refused = await this.#dialect.send(batch, this.#log)
    return { log: this.#log.id, to: batch.to, token: String(batch.to), ...(refused.length > 0 && { refused }) }
  }

  async close(): Promise<void> {}
}

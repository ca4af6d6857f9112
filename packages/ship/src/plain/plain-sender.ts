import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import {
  ConflictError,
  LaterError,
  RefusedError,
  type Batch,
  type Engine,
  type LogOrigin,
  type Stored,
} from '../engine/engine.ts'
import { withCure } from '../engine/trouble.ts'
import { Pauses } from '../running/pauses.ts'
import { batchesOf, halvesOf } from '../shipping/batches.ts'
import { outgoing } from '../shipping/outgoing.ts'
import { LineQueue } from './line-queue.ts'
import type { PlainSettings } from './plain-options.ts'

/** More comes than leaves; the engine can't be reached; it does not take a record. Each is reported once until it is over. */
type Trouble = 'overload' | 'engine' | 'refused'

/** Sends lines to an engine, each one once at most: a batch that may have arrived, or not, is dropped. */
export class PlainSender {
  readonly #settings: PlainSettings
  readonly #warn: (message: string) => void
  /** This process is a log of its own, without a file. */
  readonly #log: LogOrigin
  readonly #queue: LineQueue
  readonly #pauses = new Pauses()
  readonly #over = new AbortController()
  readonly #done: Promise<void>
  #engine: Engine | undefined
  /** What the engine holds, by any process. */
  #after: Stored | undefined
  #failures = 0
  #dropped = 0
  /** Kinds of trouble that were reported, and are not over. */
  readonly #reported = new Set<Trouble>()

  /** @param warn - hears of each trouble once, and at the end how many records were dropped */
  constructor(settings: PlainSettings, warn: (message: string) => void) {
    this.#settings = settings
    this.#warn = warn
    this.#log = { id: randomBytes(16).toString('hex'), name: settings.log, host: hostname() }
    this.#queue = new LineQueue(settings.buffer, settings.batching.size)
    this.#done = this.#run()
  }

  add(line: string): void {
    if (!this.#queue.add(line)) this.#drop('overload', 1, `${this.#settings.buffer} bytes wait already`)
  }

  /** Sends what waits, for as long as the settings say. What is on its way then counts as dropped. */
  async close(): Promise<void> {
    this.#queue.end()
    let late: NodeJS.Timeout | undefined
    const deadline = new Promise<void>((resolve) => (late = setTimeout(resolve, this.#settings.closeWait)))
    await Promise.race([this.#done, deadline])
    clearTimeout(late)
    this.#over.abort()
    if (this.#queue.count > 0) this.#drop('overload', this.#queue.count, 'the transport was closed')
    void this.#closeEngine()
    if (this.#dropped > 0) this.#warn(`${this.#dropped} records were not sent to ${this.#settings.to}`)
  }

  async #run(): Promise<void> {
    try {
      for await (const batch of batchesOf(this.#queue, this.#settings.batching)) {
        await this.#send(batch)
        // `close` counts the lines that were not sent.
        if (this.#over.signal.aborted) return
        this.#queue.settle(batch.records, batch.bytes.length)
        if (this.#queue.count > 0) continue
        this.#reported.delete('overload')
        this.#reported.delete('refused')
      }
    } finally {
      // One that was being opened when all was given up.
      await this.#closeEngine()
    }
  }

  async #send(batch: Batch): Promise<void> {
    while (!this.#over.signal.aborted) {
      const engine = await this.#openEngine()
      if (!engine || this.#over.signal.aborted) continue
      const { batch: leaving, tooLong } = outgoing(batch, this.#log.id, engine.maxBytes, { tooLong: 'cut' })
      if (!leaving) return
      if (leaving.bytes.length > engine.maxBytes && batch.records > 1) return this.#sendHalves(batch)
      try {
        const { refused = [], ...stored } = await engine.store(leaving, this.#after)
        this.#after = stored
        this.#failures = 0
        this.#reported.delete('engine')
        for (const { records, reason } of refused) this.#drop('refused', records, reason)
        if (tooLong > 0)
          this.#report('refused', `${tooLong} records were cut: they are longer than ${this.#settings.to} takes`)
        return
      } catch (error) {
        if (error instanceof RefusedError && batch.records > 1) return this.#sendHalves(batch)
        if (error instanceof RefusedError) return this.#drop('refused', 1, error.message)
        await this.#closeEngine()
        if (this.#over.signal.aborted) return
        const isRepeatable = error instanceof ConflictError || (error instanceof LaterError && error.isRepeatable)
        if (!isRepeatable) return this.#drop('engine', batch.records, withCure(error).message)
        if (!(error instanceof ConflictError)) this.#report('engine', `Can't send records: ${withCure(error).message}`)
        await this.#pause(error instanceof LaterError ? error.wait : 0)
      }
    }
  }

  /** In halves, until a record that the engine does not take stands alone. */
  async #sendHalves(batch: Batch): Promise<void> {
    for (const half of halvesOf(batch)) await this.#send(half)
  }

  /** Opens the engine, and asks what to send after. @returns `undefined` after a pause when it fails: nothing was sent */
  async #openEngine(): Promise<Engine | undefined> {
    if (this.#engine) return this.#engine
    try {
      this.#engine = await this.#settings.engine.open(this.#log)
      this.#after = await this.#engine.last()
      return this.#engine
    } catch (error) {
      await this.#closeEngine()
      this.#report('engine', `Can't send records: ${withCure(error).message}`)
      await this.#pause(0)
      return undefined
    }
  }

  async #pause(least: number): Promise<void> {
    this.#failures += 1
    await this.#pauses.pause(this.#failures, this.#over.signal, least)
  }

  #drop(trouble: Trouble, records: number, reason: string): void {
    this.#dropped += records
    this.#report(trouble, `Records are dropped: ${reason}`)
  }

  #report(trouble: Trouble, message: string): void {
    if (!this.#reported.has(trouble)) this.#warn(`${message} (to ${this.#settings.to})`)
    this.#reported.add(trouble)
  }

  async #closeEngine(): Promise<void> {
    const engine = this.#engine
    this.#engine = undefined
    try {
      await engine?.close()
    } catch {
      // It is given up.
    }
  }
}

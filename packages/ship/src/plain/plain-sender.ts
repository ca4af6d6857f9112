import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import {
  ConflictError,
  LaterError,
  RefusedError,
  type Batch,
  type Engine,
  type LogIdentity,
  type Stored,
} from '../engine/engine.ts'
import { batchesOf, halvesOf } from '../shipping/batches.ts'
import { outgoing } from '../shipping/outgoing.ts'
import { Pauses } from '../running/pauses.ts'
import { LineQueue } from './line-queue.ts'
import type { PlainSettings } from './plain-options.ts'

/**
 * Sends lines to an engine, each one once at most: a batch that may have arrived, or not, is dropped.
 */
export class PlainSender {
  readonly #settings: PlainSettings
  readonly #warn: (message: string) => void
  /** This process is a log of its own, without a file. */
  readonly #log: LogIdentity
  readonly #queue: LineQueue
  readonly #pauses = new Pauses()
  readonly #over = new AbortController()
  readonly #done: Promise<void>
  #engine: Engine | undefined
  /** What the engine holds, by any process. */
  #after: Stored | undefined
  #failures = 0
  #dropped = 0

  /** @param warn - hears of the first record of a trouble that is dropped, and at the end how many were */
  constructor(settings: PlainSettings, warn: (message: string) => void) {
    this.#settings = settings
    this.#warn = warn
    this.#log = { id: randomBytes(16).toString('hex'), name: settings.log, host: hostname() }
    this.#queue = new LineQueue(settings.buffer)
    this.#done = this.#run()
  }

  add(line: string): void {
    if (!this.#queue.add(line)) this.#drop(1, `${this.#settings.buffer} bytes wait already`)
  }

  /** Sends what waits, for as long as the settings say. */
  async close(): Promise<void> {
    this.#queue.end()
    const deadline = setTimeout(() => this.#over.abort(), this.#settings.closeWait)
    await this.#done
    clearTimeout(deadline)
    await this.#closeEngine()
    if (this.#dropped > 0) this.#warn(`${this.#dropped} records were not sent to ${this.#settings.to}`)
  }

  async #run(): Promise<void> {
    for await (const batch of batchesOf(this.#queue, this.#settings.batching)) await this.#send(batch)
  }

  async #send(batch: Batch): Promise<void> {
    while (!this.#over.signal.aborted) {
      const engine = await this.#openEngine()
      if (!engine) continue
      const { batch: leaving } = outgoing(batch, this.#log.id, engine.maxBytes, { tooLong: 'cut' })
      if (!leaving) return
      if (leaving.bytes.length > engine.maxBytes && batch.records > 1) return this.#sendHalves(batch)
      try {
        this.#after = await engine.store(leaving, this.#after)
        this.#failures = 0
        return
      } catch (error) {
        if (error instanceof RefusedError && batch.records > 1) return this.#sendHalves(batch)
        if (error instanceof RefusedError) return this.#drop(1, error.message)
        await this.#closeEngine()
        const isStoredNot = error instanceof ConflictError || error instanceof LaterError
        if (!isStoredNot) return this.#drop(batch.records, String(error))
        await this.#pause(error instanceof LaterError ? error.wait : 0)
      }
    }
    this.#drop(batch.records, 'the transport was closed')
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
      if (this.#failures === 0) this.#warn(`Can't send records to ${this.#settings.to}: ${String(error)}`)
      await this.#pause(0)
      return undefined
    }
  }

  async #pause(least: number): Promise<void> {
    this.#failures += 1
    await this.#pauses.pause(this.#failures, this.#over.signal, least)
  }

  #drop(records: number, reason: string): void {
    if (this.#dropped === 0) this.#warn(`Records are not sent to ${this.#settings.to}: ${reason}`)
    this.#dropped += records
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

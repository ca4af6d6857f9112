/**
 * Ships one log to one engine.
 *
 * What always holds in this room: after any doubt (a start, a failure, a conflict) the shipper asks the engine what it
 * holds, and goes on from there. It sends one batch at a time, and notes progress only when the engine has said that
 * the batch is stored. Nothing is given up by time: it retries for as long as it runs.
 *
 *     asking → shipping → asking            conflict, refused record
 *        └────────┴─────→ in trouble → asking    any other failure, after a pause
 */
import { ConflictError, RefusedError, type Batch, type Engine, type OpenEngine, type Stored } from '../engine/engine.ts'
import type { LogSource } from '../source/log-source.ts'
import type { Progress, ProgressStore } from '../state/checkpoint.ts'
import type { Decision } from '../state/decision.ts'
import { batchesOf, halvesOf, type Batching } from './batches.ts'
import { outgoing, type OutgoingOptions } from './outgoing.ts'
import { startingPoint, type StartingPoint } from './starting-point.ts'
import { endAfter } from './find-record.ts'

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

export interface ShipperOptions {
  readonly source: LogSource
  readonly openEngine: OpenEngine
  readonly progress: ProgressStore
  readonly batching: Batching
  readonly outgoing: OutgoingOptions
  /** Where a log begins that was never shipped. */
  readonly from: 'beginning' | 'now'
  onEvent(event: ShipEvent): void
  /** Waits after a failure, longer after each one in a row, or until it is worth trying again. */
  pause(failures: number, signal: AbortSignal): Promise<void>
  /** What an operator has decided. It is carried out when the engine has been asked, and noted before it is done with. */
  readonly decision?: { read(): Decision | undefined; done(): void }
  /** Waits before the next batch, so that a shipper that catches up leaves room for others. */
  pace?(bytes: number): Promise<void>
}

export interface ShipperStatus {
  readonly state: 'asking' | 'shipping' | 'in trouble'
  readonly promise: Engine['promise'] | undefined
  /** What lies before is stored, or accounted for. */
  readonly position: number | undefined
  readonly trouble: string | undefined
  readonly conflicts: number
  readonly refused: number
  readonly tooLong: number
  readonly lost: number
  /** Since this shipper started. */
  readonly batches: number
  readonly records: number
}

export class Shipper {
  readonly #options: ShipperOptions
  readonly #log: string
  #engine: Engine | undefined
  #state: ShipperStatus['state'] = 'asking'
  #trouble: string | undefined
  #failures = 0
  #conflicts = 0
  #tooLong = 0
  #batches = 0
  #records = 0

  constructor(options: ShipperOptions) {
    this.#options = options
    this.#log = options.source.log.id
  }

  /** Ships until the signal aborts, or the source ends. Finishes the batch that is on its way. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        try {
          if (await this.#session(signal)) return
        } catch (error) {
          await this.#fail(error, signal)
        }
      }
    } finally {
      await this.#closeEngine()
    }
  }

  status(): ShipperStatus {
    const progress = this.#ownProgress()
    return {
      state: this.#state,
      promise: this.#engine?.promise,
      position: progress?.position,
      trouble: this.#trouble,
      conflicts: this.#conflicts,
      refused: progress?.refused ?? 0,
      tooLong: this.#tooLong,
      lost: progress?.lost ?? 0,
      batches: this.#batches,
      records: this.#records,
    }
  }

  /** @returns whether the source has ended */
  async #session(signal: AbortSignal): Promise<boolean> {
    this.#state = 'asking'
    const { source, batching } = this.#options
    const engine = await this.#openEngine()
    const start = await this.#startingPoint(engine)
    if (start.rewound) this.#options.onEvent({ type: 'rewound', ...start.rewound })
    const position = start.position ?? (await this.#firstPosition())
    this.#state = 'shipping'
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const size = Math.min(batching.size, engine.maxBytes)
    try {
      let stored = start.stored
      let expected = position
      for await (const batch of batchesOf(source.read(position, either), { ...batching, size })) {
        if (expected !== undefined && batch.from > expected) this.#noteLoss(expected, batch.from, stored)
        expected = batch.to
        stored = await this.#ship(engine, batch, stored)
        if (signal.aborted) return true
        await this.#options.pace?.(batch.bytes.length)
      }
      return true
    } finally {
      over.abort()
    }
  }

  async #startingPoint(engine: Engine): Promise<StartingPoint> {
    const { lastLine, ...last } = (await engine.last()) ?? {}
    const stored = isStored(last) ? last : undefined
    const decision = this.#options.decision?.read()
    if (decision) {
      await this.#carryOut(decision, stored, lastLine)
      this.#options.decision?.done()
    }
    const progress = this.#ownProgress()
    if (stored || !progress?.stored || !(await engine.hasLost(progress.stored)))
      return startingPoint(stored, this.#log, progress, engine.promise)
    // The first batches are lost with all others: what the files still have is sent again.
    const { begin } = await this.#options.source.bounds()
    return { position: begin, stored: undefined, rewound: { from: begin, to: progress.stored.to } }
  }

  async #carryOut(decision: Decision, stored: Stored | undefined, lastLine = ''): Promise<void> {
    const { begin, end } = await this.#options.source.bounds()
    const position = this.#ownProgress()?.position ?? begin
    switch (decision.action) {
      case 'begin':
        return this.#follow(stored, begin)
      case 'adopt':
        return this.#follow(stored, lastLine === '' ? begin : await endAfter(this.#options.source, lastLine, end))
      case 'rewind':
        return this.#note(Math.max(begin, decision.position), undefined, true)
      case 'skip':
        if (decision.position > position)
          this.#noteLoss(position, Math.min(end, decision.position), this.#ownProgress()?.stored)
    }
  }

  #follow(stored: Stored | undefined, position: number): void {
    const { refused = 0, lost = 0 } = this.#ownProgress() ?? {}
    const follows = stored && stored.log !== this.#log ? { follows: stored.log } : {}
    this.#options.progress.write({ log: this.#log, position, ...follows, refused, lost }, true)
  }

  async #firstPosition(): Promise<number | undefined> {
    if (this.#options.from === 'beginning') return undefined
    const { end } = await this.#options.source.bounds()
    this.#note(end, undefined, true)
    return end
  }

  /** Ships a batch; in halves, when the engine refuses it, until the refused record stands alone. */
  async #ship(engine: Engine, batch: Batch, after: Stored | undefined): Promise<Stored | undefined> {
    try {
      return await this.#store(engine, batch, after)
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      if (batch.records > 1) {
        const [first, second] = halvesOf(batch)
        return this.#ship(engine, second, await this.#ship(engine, first, after))
      }
      // Kept by the receiver of the event before the position moves on.
      this.#options.onEvent({ type: 'refused', batch, error })
      this.#note(batch.to, after, true, { refused: 1 })
      return after
    }
  }

  async #store(engine: Engine, batch: Batch, after: Stored | undefined): Promise<Stored | undefined> {
    const { batch: leaving, tooLong } = outgoing(batch, this.#log, engine.maxBytes, this.#options.outgoing)
    if (leaving && leaving.bytes.length > engine.maxBytes)
      throw new RefusedError(`The engine takes ${engine.maxBytes} bytes at most; got ${leaving.bytes.length}`)
    const stored = leaving ? await engine.store(leaving, after) : after
    this.#tooLong += tooLong
    this.#note(batch.to, stored, engine.promise !== 'exactly-once' && this.#batches % 64 === 0)
    if (!leaving) return stored
    this.#batches += 1
    this.#records += leaving.records
    this.#recover()
    return stored
  }

  #noteLoss(from: number, to: number, stored: Stored | undefined): void {
    this.#options.onEvent({ type: 'lost', from, to })
    this.#note(to, stored, true, { lost: to - from })
  }

  #note(
    position: number,
    stored: Stored | undefined,
    durable: boolean,
    more: { refused?: number; lost?: number } = {},
  ): void {
    const { refused = 0, lost = 0, follows } = this.#ownProgress() ?? {}
    this.#options.progress.write(
      {
        log: this.#log,
        position,
        ...(stored && { stored }),
        // The engine's last batch is of this log from the first one on.
        ...(follows !== undefined && stored?.log !== this.#log && { follows }),
        refused: refused + (more.refused ?? 0),
        lost: lost + (more.lost ?? 0),
      },
      durable,
    )
  }

  /** A checkpoint of another log says nothing about this one. */
  #ownProgress(): Progress | undefined {
    const { progress } = this.#options.progress
    return progress?.log === this.#log ? progress : undefined
  }

  async #openEngine(): Promise<Engine> {
    if (this.#engine) return this.#engine
    const engine = await this.#options.openEngine(this.#options.source.log)
    this.#engine = engine
    for (const message of engine.warnings) this.#options.onEvent({ type: 'warning', message })
    return engine
  }

  async #closeEngine(): Promise<void> {
    const engine = this.#engine
    this.#engine = undefined
    try {
      await engine?.close()
    } catch {
      // It is given up, and what it holds is asked for by the next one.
    }
  }

  async #fail(reason: unknown, signal: AbortSignal): Promise<void> {
    if (reason instanceof ConflictError) {
      this.#conflicts += 1
      // Two shippers that always come in between each other must pause too.
      this.#failures += 1
      if (this.#failures > 1) await this.#options.pause(this.#failures - 1, signal)
      return
    }
    await this.#closeEngine()
    const error = reason instanceof Error ? reason : new Error(String(reason))
    if (signal.aborted) return
    const isNew = this.#trouble !== error.message
    this.#state = 'in trouble'
    this.#trouble = error.message
    if (isNew) this.#options.onEvent({ type: 'trouble', error })
    this.#failures += 1
    await this.#options.pause(this.#failures, signal)
  }

  #recover(): void {
    this.#failures = 0
    if (this.#trouble === undefined) return
    this.#trouble = undefined
    this.#options.onEvent({ type: 'recovered' })
  }
}

function isStored(last: Partial<Stored>): last is Stored {
  return last.log !== undefined
}

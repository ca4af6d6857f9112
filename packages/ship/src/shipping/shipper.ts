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
import { FunnelError } from '@pino-funnel/channel'
import { carryOut } from '../resuming/carry-out.ts'
import {
  ConflictError,
  LaterError,
  RefusedError,
  type Batch,
  type Engine,
  type LastStored,
  type OpenEngine,
  type Stored,
} from '../engine/engine.ts'
import { endlessConflict, withCure } from '../engine/trouble.ts'
import type { LogSource } from '../source/log-source.ts'
import type { ProgressStore } from '../state/checkpoint.ts'
import { decisionCommand, type Decision, type DecisionCommand } from '../state/decision.ts'
import { Account } from '../resuming/account.ts'
import { batchesOf, halvesOf, type Batching } from './batches.ts'
import { outgoing, type OutgoingOptions } from './outgoing.ts'
import { storeIn } from './store-in.ts'
import { refuseOtherHistory } from '../resuming/same-history.ts'
import type { ShipEvent } from '../resuming/ship-event.ts'
import { startingPoint, type StartingPoint } from '../resuming/starting-point.ts'

/** Conflicts in a row, with nothing stored in between, after which something is wrong. */
const MOST_CONFLICTS = 5
/** Records in a row that are refused: then it is not the records that are wrong. */
const MOST_REFUSED = 10

export interface ShipperOptions {
  readonly source: LogSource
  readonly openEngine: OpenEngine
  readonly progress: ProgressStore
  readonly batching: Batching
  readonly outgoing: OutgoingOptions
  /** Where a log begins that was never shipped. */
  readonly from: 'beginning' | 'now'
  /** The oldest byte of the log when it was first to be shipped. What is deleted since then, before anything is stored, is lost. */
  readonly begin?: number
  onEvent(this: void, event: ShipEvent): void
  /**
   * Waits after a failure, longer after each one in a row, or until it is worth trying again.
   *
   * @param least - ms that the engine wants to be left alone
   */
  pause(failures: number, signal: AbortSignal, least: number): Promise<void>
  /** What an operator has decided. It is carried out when the engine has been asked, and noted before it is done with. */
  readonly decision?: { read(): Decision | undefined; done(decision: Decision): void }
  /** What errors name for an operator to run. The default has the name and the file in words. */
  readonly commandFor?: DecisionCommand
  /** Waits before the next batch, so that a shipper that catches up leaves room for others. */
  pace?(bytes: number, signal: AbortSignal): Promise<void>
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
  readonly #commandFor: DecisionCommand
  readonly #account: Account
  /** What was said once need not be said at each connection. */
  readonly #warned = new Set<string>()
  #engine: Engine | undefined
  #state: ShipperStatus['state'] = 'asking'
  #trouble: string | undefined
  #failures = 0
  #conflicts = 0
  #conflictsInARow = 0
  /** Where the engine ended when that was reported last. */
  #rewoundFrom: number | undefined
  #tooLong = 0
  #batches = 0
  #records = 0

  constructor(options: ShipperOptions) {
    this.#options = options
    this.#log = options.source.log.id
    this.#commandFor = options.commandFor ?? decisionCommand('<name>', '<log file>')
    this.#account = new Account(options.progress, options.source, (event) => options.onEvent(event))
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
    const { progress } = this.#account
    return {
      state: this.#state,
      promise: this.#engine?.promise,
      position: progress?.position ?? this.#options.begin,
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
    const start = await this.#startingPoint(engine, signal)
    this.#reportRewound(start)
    const position = start.position ?? (await this.#firstPosition())
    this.#state = 'shipping'
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const size = Math.min(batching.size, engine.maxBytes)
    try {
      let stored = start.stored
      let expected = position
      for await (const batch of batchesOf(source.read(position, either), { ...batching, size })) {
        if (batch.from > expected) this.#account.lose(expected, batch.from, stored)
        expected = batch.to
        stored = await this.#ship(engine, batch, stored)
        if (signal.aborted) return true
        await this.#options.pace?.(batch.bytes.length, signal)
      }
      return true
    } finally {
      over.abort()
    }
  }

  async #startingPoint(engine: Engine, signal: AbortSignal): Promise<StartingPoint> {
    const { source, decision } = this.#options
    const last = await engine.last()
    const decided = decision?.read()
    if (decided) {
      await carryOut(decided, last, source, this.#account, signal, this.#commandFor)
      decision?.done(decided)
    }
    const { progress } = this.#account
    if (!last && progress?.stored && (await engine.hasLost(progress.stored))) {
      // The first batches are lost with all others: what the files still have is sent again.
      const { begin } = await source.bounds()
      return { position: begin, stored: undefined, rewound: { from: begin, to: progress.stored.to } }
    }
    const start = startingPoint(last, this.#log, progress, engine.promise, this.#commandFor)
    if (last && this.#isToCompare(last)) await refuseOtherHistory(source, last, signal, this.#commandFor)
    return start
  }

  #isToCompare({ log, token }: LastStored): boolean {
    return log === this.#log && this.#account.progress?.accepted !== token
  }

  #reportRewound({ rewound }: StartingPoint): void {
    if (!rewound || rewound.from === this.#rewoundFrom) return
    this.#rewoundFrom = rewound.from
    this.#options.onEvent({ type: 'rewound', ...rewound })
  }

  async #firstPosition(): Promise<number> {
    const { begin, end } = await this.#options.source.bounds()
    const { from, begin: first = begin } = this.#options
    if (from === 'beginning') return Math.min(first, begin)
    this.#account.note(end, undefined, { durable: true })
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
      this.#refuseRun(batch, error)
      // Kept by the receiver of the event before the position moves on.
      this.#options.onEvent({ type: 'refused', batch, records: 1, error, isRestStored: false })
      this.#account.note(batch.to, after, { durable: true, refused: 1 })
      return after
    }
  }

  /** When every record is refused, the log is not given up record by record. */
  #refuseRun({ from, to }: Batch, error: RefusedError): void {
    if ((this.#account.progress?.refusedInARow ?? 0) < MOST_REFUSED) return
    throw new FunnelError(
      'FUNNEL_SHIP_REFUSED',
      `${MOST_REFUSED} records in a row were refused, and so is the one at position ${from}: ${error.message}. Repair the transform or the server, and start the shipper again; or give the record up: ${this.#commandFor('skip', to)}`,
      { cause: error },
    )
  }

  async #store(engine: Engine, batch: Batch, after: Stored | undefined): Promise<Stored | undefined> {
    const { batch: leaving, tooLong } = outgoing(batch, this.#log, engine.maxBytes, this.#options.outgoing)
    if (leaving && leaving.bytes.length > engine.maxBytes)
      throw new RefusedError(`The engine takes ${engine.maxBytes} bytes at most; got ${leaving.bytes.length}`)
    const { stored, refused } = await storeIn(engine, leaving, after, this.#options.onEvent)
    this.#tooLong += tooLong
    const durable = refused > 0 || (engine.promise !== 'exactly-once' && this.#batches % 64 === 0)
    this.#account.note(batch.to, stored, { durable, refused })
    // The engine has answered when this session began, if nothing of this batch leaves.
    this.#recover()
    if (!leaving) return stored
    this.#batches += 1
    this.#records += leaving.records
    return stored
  }

  async #openEngine(): Promise<Engine> {
    if (this.#engine) return this.#engine
    const engine = await this.#options.openEngine(this.#options.source.log)
    this.#engine = engine
    for (const message of engine.warnings) {
      if (!this.#warned.has(message)) this.#options.onEvent({ type: 'warning', message })
      this.#warned.add(message)
    }
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
    const isConflict = reason instanceof ConflictError
    this.#failures += 1
    if (isConflict) {
      this.#conflicts += 1
      this.#conflictsInARow += 1
    } else await this.#closeEngine()
    if (signal.aborted) return
    const isTrouble = !isConflict || this.#conflictsInARow >= MOST_CONFLICTS
    if (isTrouble) this.#report(isConflict ? endlessConflict(reason, MOST_CONFLICTS) : withCure(reason))
    // Two shippers that always come in between each other must pause too.
    const pauses = isConflict ? this.#failures - 1 : this.#failures
    const least = reason instanceof LaterError ? reason.wait : 0
    if (pauses > 0) await this.#options.pause(pauses, signal, least)
  }

  #report(error: Error): void {
    const isNew = this.#trouble !== error.message
    this.#state = 'in trouble'
    this.#trouble = error.message
    if (isNew) this.#options.onEvent({ type: 'trouble', error })
  }

  #recover(): void {
    this.#failures = 0
    this.#conflictsInARow = 0
    this.#rewoundFrom = undefined
    if (this.#trouble === undefined) return
    this.#trouble = undefined
    this.#options.onEvent({ type: 'recovered' })
  }
}

/** What a shipper has noted of its log: how far it has come, and what did not leave. */
import type { Stored } from '../engine/engine.ts'
import type { LogSource } from '../source/log-source.ts'
import type { Progress, ProgressStore } from '../state/checkpoint.ts'
import type { ShipEvent } from './ship-event.ts'

export class Account {
  readonly #store: ProgressStore
  readonly #source: Pick<LogSource, 'log' | 'bytesBetween'>
  readonly #onEvent: (event: ShipEvent) => void

  /** @param onEvent - hears of losses before they are noted */
  constructor(
    store: ProgressStore,
    source: Pick<LogSource, 'log' | 'bytesBetween'>,
    onEvent: (event: ShipEvent) => void,
  ) {
    this.#store = store
    this.#source = source
    this.#onEvent = onEvent
  }

  get #log(): string {
    return this.#source.log.id
  }

  /** A checkpoint of another log says nothing about this one. */
  get progress(): Progress | undefined {
    const { progress } = this.#store
    return progress?.log === this.#log ? progress : undefined
  }

  /** @param stored - what the engine holds now */
  note(
    position: number,
    stored: Stored | undefined,
    { durable = false, refused = 0, lost = 0 }: { durable?: boolean; refused?: number; lost?: number } = {},
  ): void {
    const { follows, ...before }: Partial<Progress> = this.progress ?? {}
    const isStored = stored !== undefined && stored.token !== before.stored?.token
    const inARow = isStored ? 0 : (before.refusedInARow ?? 0) + refused
    this.#store.write(
      {
        log: this.#log,
        position,
        ...(stored && { stored: markOf(stored) }),
        // The engine's last batch is of this log from the first one on.
        ...(follows !== undefined && stored?.log !== this.#log && { follows }),
        ...(before.accepted !== undefined && { accepted: before.accepted }),
        refused: (before.refused ?? 0) + refused,
        ...(inARow > 0 && { refusedInARow: inARow }),
        lost: (before.lost ?? 0) + lost,
      },
      durable,
    )
  }

  /** Nothing is lost where all positions were left out. */
  lose(from: number, to: number, stored: Stored | undefined): void {
    const bytes = this.#source.bytesBetween(from, to)
    if (bytes > 0) this.#onEvent({ type: 'lost', from, to, bytes })
    this.note(to, stored, { durable: true, lost: bytes })
  }

  /** Goes on at a position after what the engine holds, whichever log that is of. */
  follow(last: Stored | undefined, position: number): void {
    const { refused = 0, lost = 0 } = this.progress ?? {}
    const follows = last && last.log !== this.#log ? { follows: last.log } : {}
    this.#store.write({ log: this.#log, position, ...follows, refused, lost }, true)
  }

  /** Goes on after what the engine holds, although the log no longer has it. */
  accept(last: Stored | undefined): void {
    const { progress } = this
    if (!last || last.log !== this.#log) return
    const kept = progress ?? { log: this.#log, position: last.to, refused: 0, lost: 0 }
    this.#store.write({ ...kept, accepted: last.token }, true)
  }
}

/** Without the batch itself. */
function markOf({ log, to, token, created }: Stored): Stored {
  return { log, to, token, ...(created !== undefined && { created }) }
}

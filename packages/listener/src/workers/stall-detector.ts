/**
 * Whether the event loop of one worker turns.
 *
 * A worker that does nothing is left in peace: it is asked for an answer only after it has used a CPU since its last
 * one. A worker that does not answer has stalled when a want of CPU can't be the cause, on a machine however busy: it
 * has used the CPU for a quarter of the time that it is given, or it has waited, and so did not want the CPU, for all
 * of that time. A thread that waits for a lock is not counted as stalled: that is how threads of a pool wait for work
 * (`Atomics.wait`).
 *
 * ```
 *            used a CPU → ask
 *   turning ─────────────────→ asked ── no answer ──→ stalled
 *      ↑                         │                      │
 *      └─────────── answer ──────┴──────────────────────┘
 *   any ── stopped by a signal, at two checks ──→ stopped ── goes on → ask ──→ asked
 * ```
 */
import type { ThreadStats } from './thread-stats.ts'

/** What a check of a worker, or its answer, shows. */
export type StallEvent =
  | { readonly event: 'stalled'; readonly state: 'busy' | 'blocked'; readonly since: number; readonly ms: number }
  | { readonly event: 'stopped'; readonly since: number }
  | { readonly event: 'resumed'; readonly after: 'stalled' | 'stopped'; readonly since: number; readonly ms: number }

/** Ms of CPU after which a worker is asked. An answer takes less, so that it is not a reason to ask again. */
const WORTH_ASKING_MS = 1
/** Share of its time that a busy worker gets of a CPU, on a machine with four times too many threads. */
const BUSY_SHARE = 1 / 4

/**
 * - `turning`: the worker has answered, or has done nothing since
 * - `asked`: it was asked for an answer; `cpu` as it was then, `waitsSince` when it was last seen to run
 */
type LoopState =
  | { readonly name: 'turning'; readonly cpu: number }
  | { readonly name: 'asked'; readonly at: number; readonly cpu: number; waitsSince: number }
  | { readonly name: 'stalled' | 'stopped'; readonly at: number }

export class StallDetector {
  /** The worker is asked at the first check: it may have stalled before. */
  #state: LoopState = { name: 'turning', cpu: -Infinity }
  /** When it was first seen to be stopped. */
  #stoppedSince: number | undefined

  get activity(): { state: 'running' | 'stalled' | 'stopped'; at: number | undefined } {
    const { name } = this.#state
    if (name === 'stalled' || name === 'stopped') return { state: name, at: this.#state.at }
    return { state: 'running', at: undefined }
  }

  /** Whether the next check should come soon. */
  get isUncertain(): boolean {
    return this.#state.name !== 'turning' || this.#stoppedSince !== undefined
  }

  /** Whether the worker was well, and has done nothing since. @param cpu - ms that it has used so far */
  isIdle(cpu: number): boolean {
    const state = this.#state
    return state.name === 'turning' && this.#stoppedSince === undefined && cpu - state.cpu < WORTH_ASKING_MS
  }

  /**
   * @param now - ms that only grow
   * @param stallAfter - ms
   * @param waitsForLock - called only when it matters
   * @returns `'ask'` when the worker is to be asked for an answer
   */
  check(
    stats: ThreadStats,
    now: number,
    stallAfter: number,
    waitsForLock: () => boolean | undefined,
  ): StallEvent | 'ask' | undefined {
    const stopped = this.#checkForStop(stats, now)
    if (stopped || this.#stoppedSince !== undefined) return stopped
    const state = this.#state
    switch (state.name) {
      case 'turning':
        return this.isIdle(stats.cpu) ? undefined : this.#ask(stats, now)
      case 'asked':
        if (stats.state === 'running') state.waitsSince = now
        return this.#checkForStall(state, stats, now, stallAfter, waitsForLock)
      case 'stopped':
        this.#ask(stats, now)
        return { event: 'resumed', after: 'stopped', since: state.at, ms: Math.round(now - state.at) }
      case 'stalled':
        return undefined
    }
  }

  /** The worker has answered. */
  answered(now: number): StallEvent | undefined {
    const state = this.#state
    if (state.name === 'asked') this.#state = { name: 'turning', cpu: state.cpu }
    if (state.name !== 'stalled') return undefined
    this.#state = { name: 'turning', cpu: -Infinity }
    return { event: 'resumed', after: 'stalled', since: state.at, ms: Math.round(now - state.at) }
  }

  #ask({ cpu }: ThreadStats, now: number): 'ask' {
    this.#state = { name: 'asked', at: now, cpu, waitsSince: now }
    return 'ask'
  }

  /** Two checks must see the stop: a debugger or a tracer stops a thread for an instant. */
  #checkForStop({ state }: ThreadStats, now: number): StallEvent | undefined {
    if (state !== 'stopped') {
      this.#stoppedSince = undefined
      return undefined
    }
    const since = this.#stoppedSince
    this.#stoppedSince ??= now
    if (since === undefined || this.#state.name === 'stopped') return undefined
    this.#state = { name: 'stopped', at: since }
    return { event: 'stopped', since }
  }

  #checkForStall(
    asked: LoopState & { name: 'asked' },
    { cpu }: ThreadStats,
    now: number,
    stallAfter: number,
    waitsForLock: () => boolean | undefined,
  ): StallEvent | undefined {
    const ms = Math.round(now - asked.at)
    if (ms < stallAfter) return undefined
    const isBusy = cpu - asked.cpu >= stallAfter * BUSY_SHARE
    const isBlocked = now - asked.waitsSince >= stallAfter && waitsForLock() === false
    if (!isBusy && !isBlocked) return undefined
    this.#state = { name: 'stalled', at: asked.at }
    return { event: 'stalled', state: isBusy ? 'busy' : 'blocked', since: asked.at, ms }
  }
}

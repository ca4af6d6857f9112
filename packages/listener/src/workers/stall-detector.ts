import type { VitalSigns } from './thread-stats.ts'

/** What has come of a look at a worker. */
export type PulseEvent =
  | { readonly event: 'stalled'; readonly state: 'busy' | 'blocked'; readonly since: number; readonly ms: number }
  | { readonly event: 'stopped'; readonly since: number }
  | { readonly event: 'resumed'; readonly after: 'stalled' | 'stopped'; readonly since: number; readonly ms: number }

/** Ms of CPU. To answer takes less, so that an answer is no reason to ask again. */
const WORTH_ASKING_MS = 1
/** Of the time that it is given: what a worker gets of a machine that four times as many want. */
const BUSY_SHARE = 1 / 4

/**
 * - `turning`: it has answered, or has done nothing since
 * - `asked`: for an answer; `cpu` as it was then, `waitsSince` when it was seen to run for the last time
 */
type PulseState =
  | { readonly name: 'turning'; readonly cpu: number }
  | { readonly name: 'asked'; readonly at: number; readonly cpu: number; waitsSince: number }
  | { readonly name: 'stalled' | 'stopped'; readonly at: number }

/**
 * Whether the event loop of one worker turns.
 *
 * A worker that does nothing is left in peace: it is asked only when it has used a CPU since its last answer. Whoever
 * does not answer is stalled once that can't be for want of a CPU, on a machine however busy: it has used the CPU for a
 * quarter of the time that it is given, or has waited, and so not wanted it, for all of that time. A thread that waits
 * for a lock is no such case: that is how threads of a pool wait for work (`Atomics.wait`).
 *
 * ```
 *            used a CPU → ask
 *   turning ─────────────────→ asked ── no answer ──→ stalled
 *      ↑                         │                      │
 *      └─────────── answer ──────┴──────────────────────┘
 *   any ── stopped by a signal, at two looks ──→ stopped ── goes on → ask ──→ asked
 * ```
 */
export class Pulse {
  /** Asked at the first look: it may have stood still before. */
  #state: PulseState = { name: 'turning', cpu: -Infinity }
  /** Since when it was seen to be stopped. */
  #stoppedSince: number | undefined

  get activity(): { state: 'running' | 'stalled' | 'stopped'; at: number | undefined } {
    const { name } = this.#state
    if (name === 'stalled' || name === 'stopped') return { state: name, at: this.#state.at }
    return { state: 'running', at: undefined }
  }

  /** Whether looks are needed in short order. */
  get isUncertain(): boolean {
    return this.#state.name !== 'turning' || this.#stoppedSince !== undefined
  }

  /** Whether it was well, and has done nothing since. @param cpu - ms that it has used so far */
  rests(cpu: number): boolean {
    const state = this.#state
    return state.name === 'turning' && this.#stoppedSince === undefined && cpu - state.cpu < WORTH_ASKING_MS
  }

  /**
   * @param now - ms that only grow
   * @param stallAfter - ms
   * @param waitsForLock - asked only when it matters
   * @returns `'ask'` when the worker is to be asked for an answer
   */
  look(
    signs: VitalSigns,
    now: number,
    stallAfter: number,
    waitsForLock: () => boolean | undefined,
  ): PulseEvent | 'ask' | undefined {
    const stopped = this.#lookForStop(signs, now)
    if (stopped || this.#stoppedSince !== undefined) return stopped
    const state = this.#state
    switch (state.name) {
      case 'turning':
        return this.rests(signs.cpu) ? undefined : this.#ask(signs, now)
      case 'asked':
        if (signs.state === 'running') state.waitsSince = now
        return this.#isStalled(state, signs, now, stallAfter, waitsForLock)
      case 'stopped':
        this.#ask(signs, now)
        return { event: 'resumed', after: 'stopped', since: state.at, ms: Math.round(now - state.at) }
      case 'stalled':
        return undefined
    }
  }

  /** The worker has answered. */
  answer(now: number): PulseEvent | undefined {
    const state = this.#state
    if (state.name === 'asked') this.#state = { name: 'turning', cpu: state.cpu }
    if (state.name !== 'stalled') return undefined
    this.#state = { name: 'turning', cpu: -Infinity }
    return { event: 'resumed', after: 'stalled', since: state.at, ms: Math.round(now - state.at) }
  }

  #ask({ cpu }: VitalSigns, now: number): 'ask' {
    this.#state = { name: 'asked', at: now, cpu, waitsSince: now }
    return 'ask'
  }

  /** A debugger or a tracer stops a thread for an instant. */
  #lookForStop({ state }: VitalSigns, now: number): PulseEvent | undefined {
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

  #isStalled(
    asked: PulseState & { name: 'asked' },
    { cpu }: VitalSigns,
    now: number,
    stallAfter: number,
    waitsForLock: () => boolean | undefined,
  ): PulseEvent | undefined {
    const ms = Math.round(now - asked.at)
    if (ms < stallAfter) return undefined
    const isBusy = cpu - asked.cpu >= stallAfter * BUSY_SHARE
    const isBlocked = now - asked.waitsSince >= stallAfter && waitsForLock() === false
    if (!isBusy && !isBlocked) return undefined
    this.#state = { name: 'stalled', at: asked.at }
    return { event: 'stalled', state: isBusy ? 'busy' : 'blocked', since: asked.at, ms }
  }
}

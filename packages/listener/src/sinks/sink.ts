/**
 * One sink: its queue and its process, which is started again whenever it has ended.
 *
 *     starting → running → hung
 *         │          │       │          at any time, by close():
 *         └──────────┴───────┴→ restarting → starting        closing → closed
 */
import type { SinkNotice, SinkOptions, SinkState, SinkStatus } from '@pino-funnel/channel'
import { RestartDelay } from './restart-delay.ts'
import { SinkIntake } from './sink-intake.ts'
import { SinkOutput } from './sink-output.ts'
import { startSinkProcess, type SinkProcess, type StartSinkProcess } from './sink-process.ts'

/** Bytes that are sent and not confirmed, at most. They are lost with the process: as little as keeps it busy. */
const WINDOW_BYTES = 256 * 1024
/** Lines are gathered before they are sent: each send costs a system call, a message and a wake-up of the process. */
const GATHERED_BYTES = 64 * 1024
const GATHER_MS = 20
/** Seconds between two records about drops. */
const NOTICE_TICKS = 10
/** The same, while records are being dropped. */
const ONGOING_NOTICE_TICKS = 60

/** Time for a killed process to end. */
const KILLED_MS = 2000
/** Ticks without progress after which the status is `hung`: one to two seconds. */
const HUNG_TICKS = 2

/** Interval of `Sink.tick`. */
export const TICK_MS = 1000

export interface SinkContext {
  /** Puts a record into the log. */
  readonly onNotice: (notice: SinkNotice) => void
  /** A line to stderr. */
  readonly report: (message: string) => void
  /** For tests. The default starts a process. */
  readonly start?: StartSinkProcess
}

export class Sink {
  readonly #options: SinkOptions
  readonly #context: SinkContext
  readonly #intake: SinkIntake
  readonly #output: SinkOutput
  readonly #restartDelay = new RestartDelay()
  #state: SinkState = 'restarting'
  #process: SinkProcess | undefined
  #isReady = false
  /** Until the next start, or the deadline of `close`. */
  #timer: NodeJS.Timeout | undefined
  #gathering: NodeJS.Timeout | undefined
  /** Ticks since the process last made progress. */
  #stalled = 0
  #sinceNotice = ONGOING_NOTICE_TICKS
  #delivered = 0
  #restarts = 0
  #lastError: string | undefined
  #onClosed: () => void = () => {}

  constructor(options: SinkOptions, context: SinkContext) {
    this.#options = options
    this.#context = context
    this.#intake = new SinkIntake(options.level, options.maxQueueBytes)
    this.#output = new SinkOutput((line) => this.#report(line))
    this.#start()
  }

  /**
   * Takes whole lines that are in the log. Never waits, never throws. The caller may reuse the buffer after the call.
   */
  offer(lines: Buffer): void {
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#intake.offer(lines)
    if (this.#intake.queue.waiting >= GATHERED_BYTES) this.#pump()
    else if (!this.#gathering) this.#gathering = setTimeout(() => this.#endGathering(), GATHER_MS)
  }

  /**
   * To be called every {@link TICK_MS}. Time is measured in ticks. By the clock, every sink would seem to have hung
   * when it was the listener that was held up, by its disk for a minute, say.
   */
  tick(): void {
    this.#output.tick()
    this.#stalled = this.#isBusy() ? this.#stalled + 1 : 0
    const isTimed = this.#state === 'starting' || this.#state === 'running'
    if (isTimed && this.#stalled * TICK_MS > this.#options.hangTimeout) this.#killHung()
    this.#sinceNotice += 1
    if (this.#sinceNotice >= (this.#intake.isDropping ? ONGOING_NOTICE_TICKS : NOTICE_TICKS)) this.#reportDrops()
  }

  status(): SinkStatus {
    const { dropped, unconfirmed, queue } = this.#intake
    return {
      sink: this.#options.name,
      state: this.#state === 'running' && this.#stalled >= HUNG_TICKS ? 'hung' : this.#state,
      pid: this.#process?.pid ?? null,
      delivered: this.#delivered,
      dropped,
      unconfirmed,
      waiting: queue.waiting + queue.inFlight,
      restarts: this.#restarts,
      lastError: this.#lastError ?? null,
    }
  }

  /** Gives the sink `deadline` ms to take the lines that wait, and to flush. The rest is dropped, and counted. */
  async close(deadline: number): Promise<void> {
    if (this.#state === 'closing' || this.#state === 'closed') return
    const closed = new Promise<void>((resolve) => (this.#onClosed = resolve))
    clearTimeout(this.#timer)
    const wasHung = this.#state === 'hung'
    this.#state = 'closing'
    if (wasHung) this.#killLast()
    else if (!this.#process && this.#intake.queue.waiting === 0) this.#finish()
    else {
      // A sink without a process is started a last time.
      if (!this.#process) this.#launch()
      this.#timer = setTimeout(() => this.#killLast(), deadline)
      this.#pump()
    }
    await closed
  }

  /** A process whose system call is held up by a disk does not end at once, not even by SIGKILL. */
  #killLast(): void {
    this.#process?.kill('it did not end in time')
    this.#timer = setTimeout(() => this.#onEnded('it did not end when killed'), KILLED_MS)
  }

  #isBusy(): boolean {
    return this.#state === 'starting' || this.#intake.queue.inFlight > 0
  }

  #start(): void {
    this.#state = 'starting'
    this.#launch()
  }

  #launch(): void {
    this.#isReady = false
    this.#stalled = 0
    const start = this.#context.start ?? startSinkProcess
    this.#process = start(this.#options, {
      ready: () => this.#onReady(),
      taken: (bytes, lines) => this.#onTaken(bytes, lines),
      prints: (stream) => this.#output.read(stream),
      ended: (reason) => this.#onEnded(reason),
    })
  }

  #onReady(): void {
    this.#isReady = true
    this.#stalled = 0
    this.#restartDelay.started(performance.now())
    if (this.#state === 'starting') this.#state = 'running'
    this.#pump()
  }

  #onTaken(bytes: number, lines: number): void {
    this.#stalled = 0
    this.#delivered += lines
    this.#intake.queue.confirm(bytes)
    this.#pump()
  }

  #endGathering(): void {
    this.#gathering = undefined
    this.#pump()
  }

  /** Sends lines, until the process has as many unconfirmed ones as it may have. */
  #pump(): void {
    const { queue } = this.#intake
    const process = this.#process
    if (!process || this.#state === 'hung') return
    while (this.#isReady && queue.inFlight < WINDOW_BYTES) {
      const lines = queue.next()
      if (!lines) break
      process.write(lines)
    }
    if (this.#state === 'closing' && queue.waiting === 0) process.end()
  }

  #killHung(): void {
    const failure = this.#state === 'starting' ? 'did not start' : 'took no lines'
    this.#state = 'hung'
    this.#process?.kill(`it ${failure} within ${this.#options.hangTimeout} ms`)
  }

  #onEnded(reason: string): void {
    if (this.#state === 'closed') return
    const isDone = this.#state === 'closing' && this.#intake.queue.isEmpty
    this.#process = undefined
    this.#intake.forfeit()
    if (!isDone) this.#lastError = reason
    if (this.#state === 'closing') {
      if (!isDone) this.#report(`${reason}; it had not taken all lines`)
      this.#finish()
      return
    }
    const { delay, isFirst } = this.#restartDelay.failed(performance.now())
    this.#state = 'restarting'
    this.#restarts += 1
    this.#report(`${reason}; starting it again in ${delay} ms`)
    if (isFirst) this.#context.onNotice({ event: 'sink-failed', sink: this.#options.name, error: reason })
    this.#timer = setTimeout(() => this.#start(), delay)
  }

  #finish(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#gathering)
    this.#state = 'closed'
    this.#intake.discard()
    this.#reportDrops()
    this.#onClosed()
  }

  #report(message: string): void {
    this.#context.report(`sink ${this.#options.name}: ${message}`)
  }

  #reportDrops(): void {
    const drops = this.#intake.takeDrops()
    if (!drops) return
    this.#sinceNotice = 0
    this.#context.onNotice({ event: 'sink-dropped', sink: this.#options.name, ...drops })
  }
}

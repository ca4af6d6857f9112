/**
 * One shipper that the listener runs: its process, which is started again whenever it has ended.
 *
 *     starting → running → restarting → starting          at any time, by close(): closing → closed
 *     missing    its package is not installed
 *
 * Two listeners may each have one for a while, after a listener was killed: the shippers elect one that ships.
 */
import type { LaunchedShipper as Report, ShipNotice, ShipOptions, ShipperMessage } from '@pino-funnel/channel'
import { RestartDelay } from '../sinks/restart-delay.ts'
import { SinkOutput } from '../sinks/sink-output.ts'
import { startShipperProcess, type ShipperProcess, type StartShipperProcess } from './shipper-process.ts'

const INSTALL = 'npm install @pino-funnel/ship'
/** Seconds between two records about trouble: each record is shipped, too. */
const NOTICE_TICKS = 60
const KILLED_MS = 2000

/** Interval of `LaunchedShipper.tick`. */
export const TICK_MS = 1000

export interface ShipperContext {
  /** The live file. Absolute. */
  readonly file: string
  /** Directory of the log's channel. */
  readonly channelDir: string
  /** Puts a record into the log. */
  readonly onNotice: (notice: ShipNotice) => void
  /** A line to stderr. */
  readonly report: (message: string) => void
  /** For tests. The default starts a process. */
  readonly start?: StartShipperProcess
}

export class LaunchedShipper {
  readonly #options: ShipOptions
  readonly #context: ShipperContext
  readonly #output: SinkOutput
  readonly #restartDelay = new RestartDelay()
  #state: Report['state'] = 'missing'
  #process: ShipperProcess | undefined
  /** Until the next start, or the deadline of `close`. */
  #timer: NodeJS.Timeout | undefined
  /** When one that closes is killed, by performance.now(). */
  #killAt = Infinity
  #restarts = 0
  #lastError: string | undefined
  #sinceTrouble = NOTICE_TICKS
  /** What the process has reported last, and is not over. */
  #trouble: string | undefined
  /** Whether the log has a record about trouble, and none about its end. */
  #isTroubleNoted = false
  /** Records that the engine refused and the log has no record about, and why the last of them. */
  #refused = { count: 0, error: '' }
  #sinceRefused = NOTICE_TICKS
  #onClosed: () => void = () => {}

  constructor(options: ShipOptions, context: ShipperContext) {
    this.#options = options
    this.#context = context
    this.#output = new SinkOutput((line) => this.#report(line))
    if (options.program === null) this.#fail(`the package @pino-funnel/ship is not installed. Run: ${INSTALL}`)
    else this.#start(options.program)
  }

  /** To be called every {@link TICK_MS}. */
  tick(): void {
    this.#output.tick()
    this.#sinceTrouble += 1
    this.#sinceRefused += 1
    this.#noteTrouble()
    this.#noteRefused()
  }

  status(): Report {
    return {
      ship: this.#options.name,
      state: this.#state,
      pid: this.#process?.pid ?? null,
      restarts: this.#restarts,
      lastError: this.#lastError ?? null,
    }
  }

  /**
   * Lets the shipper ship what the log has. What is left stays in the files for the next one.
   *
   * @param deadline - ms; then it is killed
   * @param patience - ms for which it tries an engine that is away
   */
  async close(deadline: number, patience: number): Promise<void> {
    if (this.#state === 'closing' || this.#state === 'closed') return
    clearTimeout(this.#timer)
    const closed = new Promise<void>((resolve) => (this.#onClosed = resolve))
    this.#state = 'closing'
    if (this.#process) {
      this.#process.finish(patience)
      this.#killAfter(deadline)
    } else this.#finish()
    await closed
  }

  #killAfter(deadline: number): void {
    clearTimeout(this.#timer)
    this.#killAt = performance.now() + deadline
    this.#timer = setTimeout(() => this.#killLast(), deadline)
  }

  /** An earlier deadline, from now on, and less patience for one that is closing. */
  hurry(deadline: number, patience: number): void {
    const end = performance.now() + deadline
    if (this.#state !== 'closing' || !this.#process || end >= this.#killAt) return
    this.#process.finish(patience)
    this.#killAfter(deadline)
  }

  /** Whether it runs, and has reported nothing that lasts, or that the log is still to get. */
  get isWell(): boolean {
    return this.#state === 'running' && this.#trouble === undefined && this.#refused.count === 0
  }

  #killLast(): void {
    this.#killAt = 0
    this.#process?.kill('it did not end in time')
    this.#timer = setTimeout(() => this.#onEnded('it did not end when killed'), KILLED_MS)
  }

  #start(program: string): void {
    this.#state = 'starting'
    const { name, settings, directory } = this.#options
    const { file, channelDir, start = startShipperProcess } = this.#context
    this.#process = start(
      program,
      { file, channelDir, name, settings, directory },
      {
        sends: (message) => this.#onMessage(message),
        prints: (stream) => this.#output.read(stream),
        ended: (reason) => this.#onEnded(reason, program),
      },
    )
  }

  #onMessage(message: Exclude<ShipperMessage, { type: 'failed' }>): void {
    const ship = this.#options.name
    switch (message.type) {
      case 'ready':
        this.#restartDelay.started(performance.now())
        if (this.#state === 'starting') this.#state = 'running'
        return
      case 'trouble':
        this.#trouble = message.error
        this.#noteTrouble()
        return
      case 'recovered':
        this.#trouble = undefined
        if (this.#isTroubleNoted) this.#context.onNotice({ event: 'ship-recovered', ship })
        this.#isTroubleNoted = false
        return
      case 'rewound':
        this.#context.onNotice({ event: 'ship-rewound', ship, from: message.from, to: message.to })
        return
      case 'lost': {
        const { from, to, bytes } = message
        this.#context.onNotice({ event: 'ship-lost', ship, from, to, bytes })
        return
      }
      case 'refused':
        this.#refused = { count: this.#refused.count + message.records, error: message.error }
        this.#noteRefused()
    }
  }

  #noteTrouble(): void {
    if (this.#trouble === undefined || this.#isTroubleNoted || this.#sinceTrouble < NOTICE_TICKS) return
    this.#sinceTrouble = 0
    this.#isTroubleNoted = true
    this.#context.onNotice({ event: 'ship-trouble', ship: this.#options.name, error: this.#trouble })
  }

  #noteRefused(): void {
    if (this.#refused.count === 0 || this.#sinceRefused < NOTICE_TICKS) return
    this.#sinceRefused = 0
    const { count, error } = this.#refused
    this.#refused = { count: 0, error: '' }
    this.#context.onNotice({ event: 'ship-refused', ship: this.#options.name, count, error })
  }

  #onEnded(reason: string, program?: string): void {
    if (this.#state === 'closed') return
    this.#process = undefined
    // The next process reports its own, or that it ships.
    this.#trouble = undefined
    if (this.#state === 'closing' || program === undefined) {
      this.#finish()
      return
    }
    const { delay, isFirst } = this.#restartDelay.failed(performance.now())
    this.#state = 'restarting'
    this.#restarts += 1
    this.#lastError = reason
    this.#report(`${reason}; starting it again in ${delay} ms`)
    if (isFirst) this.#notice(reason)
    this.#timer = setTimeout(() => this.#start(program), delay)
  }

  #fail(reason: string): void {
    this.#lastError = reason
    this.#report(reason)
    this.#notice(reason)
  }

  #notice(error: string): void {
    this.#context.onNotice({ event: 'ship-failed', ship: this.#options.name, error })
  }

  #finish(): void {
    clearTimeout(this.#timer)
    this.#state = 'closed'
    this.#onClosed()
  }

  #report(message: string): void {
    this.#context.report(`shipper ${this.#options.name}: ${message}`)
  }
}

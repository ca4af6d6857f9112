/**
 * The process of a shipper, as the listener handles it: it gets orders through its IPC channel, and sends what is to be
 * reported in the log. What it prints is for people. Every failure is reported by one event, `ended`.
 */
import { isShipperMessage, refuseForeignModule, type ShipperMessage, type ShipperOrder } from '@pino-funnel/channel'
import { argumentsForModules } from '@pino-funnel/channel/captured'
import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'

export interface ShipperProcessEvents {
  readonly sends: (message: Exclude<ShipperMessage, { type: 'failed' }>) => void
  /** A stream of what the process prints, to be read. */
  readonly prints: (stream: Readable) => void
  /** The process has ended, or could not be started. Called once, after the constructor has returned. */
  readonly ended: (reason: string) => void
}

/** What a shipper needs of its process. */
export interface ShipperProcess {
  readonly pid: number | undefined
  /**
   * Lets it ship what the log has by now, and end. May be called again.
   *
   * @param patience - ms for which it tries an engine that is away
   */
  finish(patience: number): void
  kill(reason: string): void
}

export type StartShipperProcess = (
  program: string,
  task: Omit<Extract<ShipperOrder, { type: 'ship' }>, 'type'>,
  events: ShipperProcessEvents,
) => ShipperProcess

/** Starts the process of a shipper. Never throws: `ended` reports why a process could not be started. */
export const startShipperProcess: StartShipperProcess = (program, task, events) =>
  new NodeShipperProcess(program, task, events)

class NodeShipperProcess implements ShipperProcess {
  readonly #events: ShipperProcessEvents
  readonly #child: ChildProcess | undefined
  #isOver = false
  /** Why the process ends: the first reason that is known. */
  #reason: string | undefined

  constructor(program: string, task: Parameters<StartShipperProcess>[1], events: ShipperProcessEvents) {
    this.#events = events
    try {
      this.#child = this.#spawn(program, task)
    } catch (error) {
      setImmediate(() => this.#end(`its process can't be started: ${String(error)}`))
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  finish(patience: number): void {
    this.#send({ type: 'finish', patience })
  }

  kill(reason: string): void {
    this.#reason ??= reason
    this.#child?.kill('SIGKILL')
  }

  #spawn(program: string, task: Parameters<StartShipperProcess>[1]): ChildProcess {
    const child = spawn(process.execPath, [...argumentsForModules(), refuseForeignModule(program, __filename)], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      windowsHide: true,
    })
    child.on('error', (error) => {
      if (child.pid === undefined) this.#end(`its process can't be started: ${error.message}`)
    })
    child.on('message', (message) => this.#onMessage(message))
    child.on('exit', (code, signal) => {
      this.#end(signal === null ? `it exited with code ${code}` : `it was killed by ${signal}`)
    })
    // A process without a pid has no pipes.
    for (const stream of [child.stdout, child.stderr]) if (stream) this.#events.prints(stream)
    if (child.pid !== undefined) child.send({ type: 'ship', ...task } satisfies ShipperOrder, () => {})
    return child
  }

  /** An error is that of a process which ends. */
  #send(order: ShipperOrder): void {
    if (this.#child?.connected === true) this.#child.send(order, () => {})
  }

  #onMessage(message: unknown): void {
    if (this.#isOver || !isShipperMessage(message)) return
    if (message.type === 'failed') this.#reason ??= message.error
    else this.#events.sends(message)
  }

  #end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.ended(this.#reason ?? reason)
  }
}

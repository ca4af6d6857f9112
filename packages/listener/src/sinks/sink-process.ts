/**
 * The process of a sink, as the listener handles it: lines go to it through stdin, messages come back through its IPC
 * channel. Every failure is reported by one event, `ended`.
 */
import type { SinkOptions } from '@pino-funnel/channel'
import { argumentsForModules } from '@pino-funnel/channel/captured'
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isSinkMessage, type SinkMessage, type SinkTask } from './child/messages.ts'

const PROGRAM = join(__dirname, 'child', 'main.js')
const STDOUT = 1
/** Time to read what an ended process has printed. A child of it may hold its pipes open for ever. */
const PIPE_DRAIN_MS = 1000

export interface SinkProcessEvents {
  readonly ready: () => void
  /** The target's stream has taken more bytes and lines. */
  readonly taken: (bytes: number, lines: number) => void
  /** A stream of what the process prints, to be read. */
  readonly prints: (stream: Readable) => void
  /** The process has ended, or could not be started. Called once, after the constructor has returned. */
  readonly ended: (reason: string) => void
}

/** What a sink needs of its process. */
export interface SinkProcess {
  readonly pid: number | undefined
  /** Sends lines. The process confirms them by `taken`. */
  write(lines: Buffer): void
  /** There are no more lines: the process flushes, and ends. */
  end(): void
  /** Kills the process. */
  kill(reason: string): void
}

export type StartSinkProcess = (options: SinkOptions, events: SinkProcessEvents) => SinkProcess

/** Starts the process of a sink. Never throws: `ended` reports why a process could not be started. */
export const startSinkProcess: StartSinkProcess = (options, events) => new NodeSinkProcess(options, events)

class NodeSinkProcess implements SinkProcess {
  readonly #events: SinkProcessEvents
  readonly #child: ChildProcess | undefined
  #isOver = false
  /** Why the process ends: the first reason that is known. */
  #reason: string | undefined

  constructor(options: SinkOptions, events: SinkProcessEvents) {
    this.#events = events
    try {
      this.#child = this.#spawn(options)
    } catch (error) {
      setImmediate(() => this.#end(`its process can't be started: ${String(error)}`))
    }
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  write(lines: Buffer): void {
    this.#child?.stdin?.write(lines)
  }

  end(): void {
    this.#child?.stdin?.end()
  }

  kill(reason: string): void {
    this.#reason ??= reason
    this.#child?.kill('SIGKILL')
  }

  #spawn(options: SinkOptions): ChildProcess {
    const { name, target, options: targetOptions, directory, stdout } = options
    const child = spawn(process.execPath, [...argumentsForModules(), PROGRAM], {
      cwd: '/',
      stdio: ['pipe', stdout === 'application' ? STDOUT : 'pipe', 'pipe', 'ipc'],
      windowsHide: true,
    })
    child.on('error', (error) => this.#onError(error))
    child.on('message', (message) => this.#onMessage(message))
    child.on('exit', (code, signal) => this.#onExit(code, signal))
    child.on('close', () => this.#end('it ended'))
    // A process without a pid has no pipes.
    child.stdin?.on('error', (error) => this.kill(`it no longer takes lines: ${error.message}`))
    for (const stream of [child.stdout, child.stderr]) if (stream) this.#events.prints(stream)
    if (child.pid !== undefined) child.send({ name, target, options: targetOptions, directory } satisfies SinkTask)
    return child
  }

  #onError(error: Error): void {
    if (this.#child?.pid === undefined) this.#end(`its process can't be started: ${error.message}`)
    else this.kill(error.message)
  }

  #onMessage(message: unknown): void {
    if (!this.#isOver && isSinkMessage(message)) this.#handle(message)
  }

  #handle(message: SinkMessage): void {
    switch (message.type) {
      case 'ready':
        this.#events.ready()
        break
      case 'taken':
        this.#events.taken(message.bytes, message.lines)
        break
      case 'failed':
        this.#reason ??= message.error
        break
    }
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#reason ??= signal === null ? `it exited with code ${code}` : `it was killed by ${signal}`
    const { stdin, stdout, stderr } = this.#child ?? {}
    stdin?.destroy()
    const close = (): void => {
      stdout?.destroy()
      stderr?.destroy()
      if (this.#child?.connected === true) this.#child.disconnect()
      this.#end('it ended')
    }
    setTimeout(close, PIPE_DRAIN_MS).unref()
  }

  #end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.ended(this.#reason ?? reason)
  }
}

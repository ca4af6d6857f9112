/**
 * What a destination does, and the state that it is in.
 *
 *     open ──end()──▶ ending ──all is written, or flushTimeout──▶ closed
 *       └───────────────────────destroy()──────────────────────────▶ closed
 *
 * `Destination` has no private fields, so that it works behind a Proxy and as a prototype; its state is here.
 */
import { canHaveChannels, FunnelError, isBlock, isFatal, isLine, levelOf, textOf, toLine } from '@pino-funnel/channel'
import { nextTick, timers } from '@pino-funnel/channel/captured'
import type { EventEmitter } from 'node:events'
import { reportDevelopmentMode } from '../development/mode-warning.ts'
import type { DestinationOptions } from '../options/destination-options.ts'
import { givenOptions, isUrl, show } from '../options/option-checks.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { holdUntilExit, letGo } from '../producer/exit-hook.ts'
import type { Dropped } from '../producer/intake.ts'
import { openRoute } from '../routing/open-route.ts'
import type { LogOutlet, Route } from '../routing/route.ts'
import { droppingRecords, flushTimedOut, hasEnded } from './destination-errors.ts'
import { TextInput } from './text-input.ts'

/** Small against a segment, so that most blocks fit into what is left of one. */
const BLOCK_CHARACTERS = 32 * 1024

/** How long `flushSync` holds the thread up at most, for all log files together, in ms. */
const LONGEST_WAIT_MS = 1000

type Callback = (error?: Error | null) => void

export class DestinationState {
  readonly #events: EventEmitter
  readonly #options: DestinationOptions | string | URL
  readonly #flushTimeout: number
  readonly #input = new TextInput()
  readonly #pendingFlushes = new Set<Callback>()
  /** Callbacks of `end`. */
  #whenEnded: Callback[] = []
  #state: 'open' | 'ending' | 'closed' = 'open'
  #readiness: 'unknown' | 'asked for' | 'known' = 'unknown'
  /** Counts `reopen`: an answer to an earlier question counts no longer. */
  #reopenings = 0
  #route: Route
  #file: string
  /** The record that was written last, if it came alone. */
  #lastRecord: string | undefined

  /** @param events - gets the events */
  constructor(options: DestinationOptions | string | URL, events: EventEmitter) {
    this.#events = events
    this.#options = options
    const resolved = resolveOptions(options)
    this.#flushTimeout = resolved.flushTimeout
    this.#route = openRoute(resolved, (error) => this.#warn(error))
    this.#file = resolved.shownFile
    if (!canHaveChannels()) reportDevelopmentMode(this.#file, (error) => this.#warn(error))
  }

  get file(): string {
    return this.#file
  }

  /** The open outlets. */
  get outlets(): readonly LogOutlet[] {
    return this.#route.outlets
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** One record of pino's is taken at once; anything else becomes lines first. */
  write(data: unknown, encoding: unknown, callback: unknown): void {
    if (this.#state === 'closed') throw hasEnded()
    const isBare = encoding === undefined && callback === undefined
    if (isBare && typeof data === 'string' && isLine(data) && !this.#input.hasBegunText) {
      this.#lastRecord = data
      this.#take(data, this.#route.outletFor(data))
      return
    }
    this.#takeLines(this.#input.take(data, encoding) ?? toLine(textOf(data)))
    if (this.#input.hasBegun) holdUntilExit(this)
    const done = callbackIn(encoding, callback)
    // As a Writable: a Console takes anything else than null for an error.
    if (done) nextTick(done, null)
  }

  /** Makes lines of what has begun a line. It is not safe before. */
  endText(kind: 'text' | 'all' = 'all'): void {
    this.#takeLines(this.#input.rest(kind))
    if (!this.#input.hasBegun) letGo(this)
  }

  #takeLines(lines: string): void {
    this.#lastRecord = undefined
    for (let from = 0; from < lines.length;) {
      const next = endOfBlock(lines, from)
      for (const [outlet, block] of this.#route.divide(lines.slice(from, next))) this.#takeBlock(block, outlet)
      from = next
    }
  }

  #takeBlock(lines: string, outlet: LogOutlet): void {
    const taken = isBlock(lines) ? outlet.takeBlock(lines) : 0
    for (let from = taken; from < lines.length;) {
      const next = lines.indexOf('\n', from) + 1
      this.#take(toLine(lines.slice(from, next)), outlet)
      from = next
    }
  }

  #take(line: string, outlet: LogOutlet): void {
    const dropped = outlet.take(line)
    if (dropped) this.#drop(line, outlet, dropped)
  }

  #drop(line: string, outlet: LogOutlet, { cause, error, isFirst }: Dropped): void {
    this.#events.emit('drop', line)
    if (isFirst) outlet.warn(droppingRecords(outlet.file, cause, error))
  }

  flush(callback: unknown): void {
    if (callback !== undefined && callback !== null && !isCallback(callback)) {
      throw new FunnelError('FUNNEL_OPTION_INVALID', `flush() takes a function; got ${show(callback)}.`)
    }
    if (this.#state === 'closed') {
      if (!callback) throw hasEnded()
      nextTick(callback, hasEnded())
      return
    }
    this.endText('text')
    this.#flush(this.#route.toFlush, callback ?? (() => {}), 'flush')
  }

  #flush(outlets: readonly LogOutlet[], done: Callback, wait: 'flush' | 'whenWritten' = 'whenWritten'): void {
    if (outlets.length === 0) {
      nextTick(done)
      return
    }
    const resolve = (error?: Error | null): void => {
      if (!this.#pendingFlushes.delete(resolve)) return
      timers.clearTimeout(timer)
      for (const giveUp of giveUps) giveUp()
      done(error)
    }
    const timeout = this.#flushTimeout
    const timer = timers.setTimeout(() => resolve(flushTimedOut(timeout, this.file)), timeout)
    this.#pendingFlushes.add(resolve)
    let waiting = outlets.length
    const giveUps = outlets.map((outlet) => {
      return outlet[wait]((error) => {
        waiting -= 1
        if (error || waiting === 0) resolve(error)
      })
    })
  }

  /** pino calls it in each call of `fatal`, and a log call must not wait. */
  flushSync(): void {
    if (this.#state === 'closed') return
    const record = this.#lastRecord
    this.endText('text')
    if (record !== undefined && mayBeFatal(record)) return
    let left = LONGEST_WAIT_MS
    for (const outlet of this.#route.outlets) left = outlet.waitUntilCollected(left)
  }

  /** The log file is there when a flush is answered. Asked for only when the event has a listener: a script that logs a line needs not wait. */
  awaitReady(): void {
    if (this.#readiness !== 'unknown' || this.#state === 'closed') return
    this.#readiness = 'asked for'
    const reopenings = this.#reopenings
    this.#flush(this.#route.outlets, () => {
      if (this.#state === 'closed' || reopenings !== this.#reopenings) return
      this.#readiness = 'known'
      this.#events.emit('ready')
    })
  }

  reopen(file: unknown): void {
    if (this.#state === 'closed') throw hasEnded()
    if (this.#state === 'ending') return
    this.endText()
    if (isUrl(file) || (typeof file === 'string' && file !== '')) this.#goOnIn(file)
    for (const outlet of this.#route.outlets) outlet.reopen()
    this.#reopenings += 1
    this.#readiness = 'unknown'
    if (this.#events.listenerCount('ready') > 0) this.awaitReady()
  }

  #goOnIn(file: string | URL): void {
    const resolved = resolveOptions({ ...givenOptions(this.#options), file })
    const former = this.#route
    this.#route = openRoute(resolved, (error) => this.#warn(error))
    this.#file = resolved.shownFile
    // Flushes of the former file that are pending would be given up with it.
    this.#flush(former.outlets, () => former.close())
  }

  end(data: unknown, encoding: unknown, callback: unknown): void {
    const done = isCallback(data) ? data : callbackIn(encoding, callback)
    if (this.#state === 'closed') {
      if (done) nextTick(done, hasEnded())
      return
    }
    if (done) this.#whenEnded.push(done)
    if (this.#state === 'ending') return
    if (typeof data === 'string' || ArrayBuffer.isView(data)) this.write(data, encodingIn(encoding), undefined)
    this.endText()
    this.#state = 'ending'
    this.#flush(this.#route.toFlush, () => {
      if (this.#state === 'closed') return
      const callbacks = this.#close()
      nextTick(() => this.#events.emit('finish'))
      for (const each of callbacks) nextTick(each)
      nextTick(() => this.#events.emit('close'))
    })
  }

  destroy(): void {
    if (this.#state === 'closed') return
    for (const each of this.#close()) nextTick(each, hasEnded())
    nextTick(() => this.#events.emit('close'))
  }

  /** @returns the callbacks of `end` */
  #close(): Callback[] {
    this.endText()
    this.#state = 'closed'
    const callbacks = this.#whenEnded
    this.#whenEnded = []
    for (const resolve of this.#pendingFlushes) nextTick(resolve, hasEnded())
    this.#route.close()
    return callbacks
  }

  #warn(error: FunnelError): void {
    nextTick(() => this.#events.emit('warning', error))
  }
}

/** Whole lines, as many as make a block; a line that is longer is a block of its own. */
function endOfBlock(lines: string, from: number): number {
  if (lines.length - from <= BLOCK_CHARACTERS) return lines.length
  const last = lines.lastIndexOf('\n', from + BLOCK_CHARACTERS)
  return (last >= from ? last : lines.indexOf('\n', from)) + 1
}

/** A JSON record whose level is not where pino puts it may be one. */
function mayBeFatal(record: string): boolean {
  const level = levelOf(record)
  return isFatal(level) || (level === 'unknown' && record.startsWith('{'))
}

function isCallback(value: unknown): value is Callback {
  return typeof value === 'function'
}

/** Of `(data, encoding, callback)` or `(data, callback)`. */
function callbackIn(encoding: unknown, callback: unknown): Callback | undefined {
  return [encoding, callback].find(isCallback)
}

function encodingIn(encoding: unknown): unknown {
  return isCallback(encoding) ? undefined : encoding
}

import type { ReadStream, WriteStream } from 'node:tty'
import type { MailboxReport } from '../live/stored-mailboxes.ts'
import { picture, placeOf, shownWorkers, SORTS, type Choice } from './picture.ts'
import type { Sampled, Sampler } from './sampler.ts'
import { Screen } from './screen.ts'

const EVERY_MS = 1000
const LONGEST_FILTER = 40

const KEYS: Readonly<Record<string, (choice: Choice) => Partial<Choice>>> = {
  s: ({ sort }) => ({ sort: SORTS[(SORTS.indexOf(sort) + 1) % SORTS.length] ?? 'state' }),
  p: ({ isPaused }) => ({ isPaused: !isPaused }),
  '/': () => ({ isTyping: true, filter: '' }),
}
/** Keys that mark another worker, by how far. */
const MOVES: Readonly<Record<string, number>> = { '\u001B[A': -1, k: -1, '\u001B[B': 1, j: 1 }
const ENTER = new Set(['\r', '\n'])
const ESCAPE = '\u001B'
const ERASE = new Set(['\u007F', '\b'])
const QUIT = new Set(['q', '\u0003', '\u0004'])
/** A key that is several characters, or one character. */
// oxlint-disable-next-line no-control-regex
const KEY = /\u001B\[[A-Z]|[^]/gu

/** The picture on a terminal, until its user or a signal ends it. */
export class TopSession {
  readonly #sampler: Sampler
  readonly #screen: Screen
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #hasColors: boolean
  readonly #ended: Promise<void>
  #end: () => void = () => {}
  #sampled: Sampled | undefined
  #choice: Choice = {
    sort: 'state',
    filter: '',
    isTyping: false,
    isPaused: false,
    selected: undefined,
    followed: undefined,
  }

  constructor(sampler: Sampler, input: ReadStream, output: WriteStream, hasColors: boolean) {
    this.#sampler = sampler
    this.#input = input
    this.#output = output
    this.#hasColors = hasColors
    this.#screen = new Screen(input, output)
    this.#ended = new Promise((resolve) => (this.#end = resolve))
  }

  /** @param stop - ends it from outside */
  async run(stop: AbortSignal): Promise<void> {
    const ended = new AbortController()
    const sample = new Sampling(async () => {
      const sampled = await this.#sampler.sample(ended.signal)
      if (this.#choice.isPaused) return
      this.#sampled = sampled
      this.#draw()
    })
    const resized = (): void => {
      this.#screen.forget()
      this.#draw()
    }
    const typed = (bytes: Buffer): void => this.#type(bytes.toString())
    this.#screen.open()
    try {
      this.#input.on('data', typed).once('end', this.#end)
      this.#output.on('resize', resized)
      if (stop.aborted) this.#end()
      stop.addEventListener('abort', this.#end, { once: true })
      await Promise.race([this.#ended, sample.failed])
    } finally {
      sample.stop()
      ended.abort()
      this.#input.off('data', typed)
      this.#output.off('resize', resized)
      this.#screen.close()
    }
  }

  #type(text: string): void {
    for (const [key] of text.matchAll(KEY)) {
      if (this.#choice.isTyping ? key === '\u0003' : QUIT.has(key)) this.#end()
      else if (this.#choice.isTyping) this.#typeFilter(key)
      else if (ENTER.has(key)) this.#toggleFollowing()
      else if (MOVES[key] !== undefined) this.#move(MOVES[key])
      else this.#change(KEYS[key]?.(this.#choice) ?? {})
    }
    this.#draw()
  }

  #typeFilter(key: string): void {
    const { filter } = this.#choice
    if (ENTER.has(key)) this.#change({ isTyping: false })
    else if (key === ESCAPE) this.#change({ isTyping: false, filter: '' })
    else if (ERASE.has(key)) this.#change({ filter: filter.slice(0, -1) })
    else if (/^[^\p{Cc}]$/u.test(key) && filter.length < LONGEST_FILTER) this.#change({ filter: filter + key })
  }

  #change(change: Partial<Choice>): void {
    this.#choice = { ...this.#choice, ...change }
  }

  #move(by: number): void {
    const workers = this.#shown
    const place = placeOf(workers, this.#choice.selected) + by
    this.#change({ selected: workers[Math.max(0, Math.min(place, workers.length - 1))]?.id })
  }

  get #shown(): MailboxReport[] {
    return this.#sampled ? shownWorkers(this.#sampled, this.#choice) : []
  }

  #toggleFollowing(): void {
    const workers = this.#shown
    const worker = workers[placeOf(workers, this.#choice.selected)]
    const followed = this.#choice.followed === undefined ? worker : undefined
    this.#sampler.follow(followed)
    this.#change({ followed: followed?.id })
  }

  #draw(): void {
    if (this.#sampled) this.#screen.draw(picture(this.#sampled, this.#choice, this.#screen.size, this.#hasColors))
  }
}

/** Does something once a second: again only when it is done. */
class Sampling {
  /** Rejects with the error that ended it. */
  readonly failed: Promise<never>
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(sample: () => Promise<void>) {
    this.failed = new Promise((_, reject) => {
      const run = (): void => {
        sample().then(() => {
          if (!this.#isStopped) this.#timer = setTimeout(run, EVERY_MS)
        }, reject)
      }
      run()
    })
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }
}

import type { ReadStream, WriteStream } from 'node:tty'
import type { MailboxReport } from '../live/stored-mailboxes.ts'
import { NOTHING_CHOSEN, picture, placeOf, shownWorkers, SORTS, type Choice } from './picture.ts'
import type { Sampled, Sampler } from './sampler.ts'
import { Screen } from './screen.ts'

const EVERY_MS = 1000
const LONGEST_TYPED = 40

const KEYS: Readonly<Record<string, (choice: Choice) => Partial<Choice>>> = {
  s: ({ sort }) => ({ sort: SORTS[(SORTS.indexOf(sort) + 1) % SORTS.length] ?? 'state' }),
  p: ({ isPaused }) => ({ isPaused: !isPaused }),
  '/': () => ({ typing: 'filter', filter: '' }),
  L: () => ({ typing: 'level', level: '', levelFor: undefined }),
}
/** Keys that mark another worker, by how far. */
const MOVES: Readonly<Record<string, number>> = { '\u001B[A': -1, k: -1, '\u001B[B': 1, j: 1 }
const ENTER = new Set(['\r', '\n'])
const LEVEL_OF_ONE = 'l'
const ESCAPE = '\u001B'
const ERASE = new Set(['\u007F', '\b'])
const QUIT = new Set(['q', '\u0003', '\u0004'])
const SUSPEND = '\u001A'
/** A key that is several characters, or one character. */
// oxlint-disable-next-line no-control-regex -- keys of a terminal begin with one
const KEY = /\u001B\[[A-Z]|[^]/gu

/** Lets a user change levels of running loggers. */
export interface LevelKeys {
  /**
   * Never throws.
   *
   * @param worker - `undefined` for all
   * @param text - as it was typed: a level and for how long, or `back`
   * @returns what became of it, for people
   */
  order(worker: MailboxReport | undefined, text: string): Promise<string>
}

/** The picture on a terminal, until its user or a signal ends it. */
export class TopSession {
  readonly #sampler: Sampler
  readonly #levels: LevelKeys
  readonly #screen: Screen
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #hasColors: boolean
  readonly #ended: Promise<void>
  #end: () => void = () => {}
  /** Of levels. */
  #orders = 0
  #sampled: Sampled | undefined
  #choice: Choice = NOTHING_CHOSEN

  constructor(
    sampler: Sampler,
    levels: LevelKeys,
    [input, output]: readonly [ReadStream, WriteStream],
    hasColors: boolean,
  ) {
    this.#sampler = sampler
    this.#levels = levels
    this.#input = input
    this.#output = output
    this.#hasColors = hasColors
    this.#screen = new Screen(input, output, () => this.#draw())
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
    this.#change({ answer: '' })
    for (const [key] of text.matchAll(KEY)) {
      const { typing } = this.#choice
      if (typing ? key === '\u0003' : QUIT.has(key)) this.#end()
      else if (key === SUSPEND) this.#screen.suspend()
      else if (typing) this.#typeInto(typing, key)
      else if (ENTER.has(key)) this.#toggleFollowing()
      else if (key === LEVEL_OF_ONE) this.#askForLevel(this.#marked)
      else if (MOVES[key] !== undefined) this.#move(MOVES[key])
      else this.#change(KEYS[key]?.(this.#choice) ?? {})
    }
    this.#draw()
  }

  #askForLevel(worker: MailboxReport | undefined): void {
    if (worker) this.#change({ typing: 'level', level: '', levelFor: worker })
  }

  #typeInto(field: 'filter' | 'level', key: string): void {
    const typed = this.#choice[field]
    if (ENTER.has(key)) this.#endTyping(field)
    else if (key === ESCAPE) this.#change({ typing: undefined, [field]: '' })
    else if (ERASE.has(key)) this.#change({ [field]: typed.slice(0, -1) })
    else if (/^[^\p{Cc}]$/u.test(key) && typed.length < LONGEST_TYPED) this.#change({ [field]: typed + key })
  }

  #endTyping(field: 'filter' | 'level'): void {
    this.#change({ typing: undefined })
    const { level, levelFor } = this.#choice
    if (field === 'level' && level.trim() !== '') void this.#order(level.trim(), levelFor)
  }

  async #order(level: string, worker: MailboxReport | undefined): Promise<void> {
    this.#orders += 1
    const number = this.#orders
    this.#change({ answer: `${level} is ordered ...` })
    const answer = await this.#levels.order(worker, level)
    // Another one was typed meanwhile.
    if (number !== this.#orders) return
    this.#change({ answer })
    this.#draw()
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

  get #marked(): MailboxReport | undefined {
    const workers = this.#shown
    return workers[placeOf(workers, this.#choice.selected)]
  }

  #toggleFollowing(): void {
    const followed = this.#choice.followed === undefined ? this.#marked : undefined
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

/**
 * A log, shippers that crash, an engine, and a network between them that loses, delays, doubles and reorders messages.
 * Another log shares the engine: its batches get numbers of the same sequence.
 *
 * The shipper is the real one. Each call that it makes is a point at which the world chooses what happens.
 */
import { ConflictError, type Batch, type Engine, type LastStored, type Stored } from '../src/engine/engine.ts'
import { Shipper } from '../src/shipping/shipper.ts'
import type { ShipEvent } from '../src/resuming/ship-event.ts'
import type { Progress, ProgressStore } from '../src/state/checkpoint.ts'
import type { Choices } from './choices.test-kit.ts'
import { LINES, LOG, ModelLog } from './log.test-kit.ts'

/** Bugs that the model must find. */
export type Bug =
  | 'no compare'
  | 'checkpoint ahead of the ack'
  | 'ack before store'
  | 'believes the checkpoint'
  /** What was lost is not found out when another log has got the number. */
  | 'compares only the last number'
  /** Which shipper may write is not compared. */
  | 'no fence'
  /** Retention deletes what was sent, and is not stored. */
  | 'hold ahead of the ack'
  /** Records are read on after a gap as if there were none. */
  | 'reads over gaps'

export interface Faults {
  /**
   * As Kafka, the engine does not compare what is stored last: one that asks fences all others, and the messages of one
   * shipper are numbered.
   */
  readonly fences?: boolean
  readonly crashes: number
  /** Messages that are lost, late or doubled. */
  readonly messages: number
  /** Times that the engine loses what it has acknowledged. */
  readonly forgets: number
  /** Times that its operator empties it. */
  readonly purges?: number
  /** Times that it is deleted, and made again. */
  readonly recreations?: number
  /** Batches of the other log that come after it has lost something. */
  readonly others?: number
  /** Times that retention deletes what the shipper's hold lets go, and what it wants. */
  readonly deletions?: number
  readonly losses?: number
}

export interface End {
  /** What the engine has kept, purged batches included; what was reported as lost is in its place. */
  readonly text: string
  /** Bytes that the engine has not, and that the shipper has noted as lost. */
  readonly missing: number
  readonly lost: number
}

const WHOLE = LINES.join('')

/** More than any history has that ends. */
const MOST_PAUSES = 100

class Crash extends Error {}

/** What the engine holds under a number: a batch, or one of the other log. */
interface Entry {
  readonly number: number
  readonly batch: Batch | 'of the other log'
}

interface Message {
  readonly batch: Batch
  readonly after: number
  /** Of its shipper, and its number among the messages that this one has sent since it has fenced. */
  readonly epoch: number
  readonly turn: number
}

export class World {
  readonly #choices: Choices
  readonly #bug: Bug | undefined
  #crashes: number
  #messages: number
  #forgets: number
  #purges: number
  /** What was there, and was taken away by its operator. */
  #purged: Batch[] = []
  #recreations: number
  #others: number
  /** What the engine holds, its last number, and which life of it this is. */
  #entries: Entry[] = []
  #number = 0
  #created = 1
  readonly #fences: boolean
  /** Of the last shipper that has fenced, and how many of its messages were taken. */
  #epoch = 0
  #taken = 0
  /** On their way, for as long as the world likes. */
  #late: Message[] = []
  #progress: Progress | undefined
  #isCrashed = false
  readonly #log: ModelLog
  /** Up to where a shipper has sent something. */
  #sent = 0
  readonly #reported = new Set<number>()
  #pauses = 0
  #trouble = ''

  constructor(choices: Choices, faults: Faults, bug?: Bug) {
    this.#choices = choices
    this.#bug = bug
    this.#crashes = faults.crashes
    this.#messages = faults.messages
    this.#forgets = faults.forgets
    this.#purges = faults.purges ?? 0
    this.#recreations = faults.recreations ?? 0
    this.#others = faults.others ?? 0
    this.#fences = faults.fences ?? false
    const hold = (): number => (bug === 'hold ahead of the ack' ? this.#sent : (this.#progress?.position ?? 0))
    this.#log = new ModelLog(choices, { ...faults, hold }, bug === 'reads over gaps')
  }

  /** Runs shippers one after the other until one ends by itself. */
  async run(): Promise<End> {
    for (let shipper = 0; ; shipper++) {
      this.#isCrashed = false
      try {
        // A second shipper cuts the log in other places than the first.
        await this.#shipper(shipper % 2 === 0 ? 1 : 7).run(new AbortController().signal)
        break
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
    }
    for (const message of this.#late.splice(0)) this.#deliver(message)
    return this.#end()
  }

  #end(): End {
    const held = [...this.#purged, ...this.#own.map(({ batch }) => batch)]
    const pieces: string[] = []
    let at = 0
    let missing = 0
    const fillUpTo = (to: number): void => {
      for (; at < to; at++) {
        missing += 1
        if (this.#reported.has(at)) pieces.push(WHOLE.charAt(at))
      }
    }
    for (const { from, to, bytes } of held) {
      fillUpTo(from)
      pieces.push(bytes.toString())
      at = Math.max(at, to)
    }
    fillUpTo(WHOLE.length)
    return { text: pieces.join(''), missing, lost: this.#progress?.lost ?? 0 }
  }

  #hear(event: ShipEvent): void {
    if (event.type === 'trouble') this.#trouble = event.error.message
    if (event.type !== 'lost') return
    for (let at = event.from; at < event.to; at++) this.#reported.add(at)
  }

  #shipper(size: number): Shipper {
    return new Shipper({
      source: this.#log,
      openEngine: async () => this.#engine(),
      progress: this.#store(),
      batching: { size, wait: 0 },
      outgoing: { tooLong: 'cut' },
      from: 'beginning',
      begin: 0,
      onEvent: (event) => this.#hear(event),
      pause: async () => {
        this.#pauses += 1
        if (this.#pauses > MOST_PAUSES) throw new Error(`The shipper does not end: ${this.#trouble}`)
        this.#pointOfCrash()
      },
    })
  }

  #store(): ProgressStore {
    const progress = (): Progress | undefined => this.#progress
    return {
      get progress() {
        return progress()
      },
      write: (written) => {
        this.#pointOfCrash()
        this.#progress = written
        this.#pointOfCrash()
      },
    }
  }

  #engine(): Engine {
    let created = String(this.#created)
    let epoch = 0
    let turn = 0
    return {
      promise: this.#bug === 'believes the checkpoint' ? 'at-least-once' : 'exactly-once',
      maxBytes: 1024,
      warnings: [],
      last: async () => {
        this.#pointOfCrash()
        this.#letArrive()
        this.#mayLetGo()
        created = String(this.#created)
        epoch = this.#fence()
        turn = 0
        return this.#last()
      },
      hasLost: async (stored) => this.#hasLost(stored),
      store: async (batch, after) => ({ ...(await this.#send(batch, after, epoch, turn++)), created }),
      close: async () => {},
    }
  }

  #hasLost({ token, created }: Stored): boolean {
    if (Number(token) > this.#number) return true
    if (this.#bug === 'compares only the last number') return false
    const there = this.#entries.find(({ number }) => number === Number(token))
    return created !== String(this.#created) || there?.batch === 'of the other log'
  }

  #fence(): number {
    this.#taken = 0
    return (this.#epoch += 1)
  }

  async #send(batch: Batch, after: Stored | undefined, epoch: number, turn: number): Promise<Stored> {
    this.#sent = Math.max(this.#sent, batch.to)
    this.#pointOfCrash()
    if (this.#bug === 'checkpoint ahead of the ack') this.#writeAhead(batch, after)
    this.#letArrive()
    const message = { batch, after: Number(after?.token ?? 0), epoch, turn }
    const fate = this.#messages > 0 ? this.#choices.choose(5) : 0
    if (fate > 0) this.#messages -= 1
    const isLate = fate === 3
    // Lost: the request (1) or the answer (2). Late (3). Doubled, and the copy is late (4).
    if (isLate || fate === 4) this.#late.push(message)
    if (this.#bug === 'ack before store') return this.#acknowledgeUnseen(message, fate)
    const answer = fate === 1 || isLate ? undefined : this.#deliver(message)
    this.#pointOfCrash()
    if (fate === 2 || !answer) {
      if (answer === undefined && fate !== 1 && !isLate) throw new ConflictError('Something else is stored')
      throw new Error('No answer in time')
    }
    return answer
  }

  #acknowledgeUnseen(message: Message, fate: number): Stored {
    if (fate !== 1 && fate !== 3) this.#deliver(message)
    return { log: LOG.id, to: message.batch.to, token: String(this.#number) }
  }

  #writeAhead(batch: Batch, after: Stored | undefined): void {
    this.#progress = { log: LOG.id, position: batch.to, ...(after && { stored: after }), refused: 0, lost: 0 }
  }

  #deliver(message: Message): Stored | undefined {
    if (!(this.#fences ? this.#isExpected(message) : this.#isNext(message))) return undefined
    this.#taken += 1
    this.#append(message.batch)
    return this.#last()
  }

  /** The engine's compare-and-append. */
  #isNext({ after }: Message): boolean {
    return this.#bug === 'no compare' || (this.#own.at(-1)?.number ?? 0) === after
  }

  #isExpected({ epoch, turn }: Message): boolean {
    return this.#bug === 'no fence' || (epoch === this.#epoch && turn === this.#taken)
  }

  #append(batch: Entry['batch']): void {
    this.#number += 1
    this.#entries.push({ number: this.#number, batch })
  }

  #last(): LastStored | undefined {
    const last = this.#own.at(-1)
    const created = String(this.#created)
    return last && { log: LOG.id, to: last.batch.to, token: String(last.number), created, batch: last.batch }
  }

  get #own(): { number: number; batch: Batch }[] {
    return this.#entries.flatMap(({ number, batch }) => (batch === 'of the other log' ? [] : [{ number, batch }]))
  }

  /** Late messages arrive, in any order, or not yet. */
  #letArrive(): void {
    while (this.#late.length > 0) {
      const choice = this.#choices.choose(this.#late.length + 1)
      if (choice === 0) return
      for (const message of this.#late.splice(choice - 1, 1)) this.#deliver(message)
    }
  }

  #mayLetGo(): void {
    const last = this.#own.at(-1)
    if (!last) return
    if (this.#forgets > 0 && this.#choices.choose(2) === 1) {
      this.#forgets -= 1
      this.#number = last.number - 1
      this.#entries = this.#entries.filter(({ number }) => number <= this.#number)
    }
    if (this.#recreations > 0 && this.#choices.choose(2) === 1) {
      this.#recreations -= 1
      this.#created += 1
      this.#number = 0
      this.#entries = []
    }
    for (; this.#others > 0 && this.#choices.choose(2) === 1; this.#others--) this.#append('of the other log')
    // A batch that no checkpoint knows can't be distinguished from one that was never sent.
    const isNoted = this.#progress?.position === this.#own.at(-1)?.batch.to
    if (this.#purges > 0 && isNoted && this.#choices.choose(2) === 1) {
      this.#purges -= 1
      this.#purged.push(...this.#own.map(({ batch }) => batch))
      this.#entries = this.#entries.filter(({ batch }) => batch === 'of the other log')
    }
  }

  #pointOfCrash(): void {
    if (this.#isCrashed) throw new Crash()
    if (this.#crashes === 0 || this.#choices.choose(2) === 0) return
    this.#crashes -= 1
    this.#isCrashed = true
    throw new Crash()
  }
}

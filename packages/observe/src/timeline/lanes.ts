/** Which worker belongs to which lane. A place in a pool is one lane, whichever workers have it one after another. */
import type { Counter, TimeAxis } from './time-axis.ts'
import { keyOf, type NamedWorker } from './notices.ts'

/** Workers beyond this many lanes share one. */
const MOST_LANES = 1000
/** Workers that are known by name. */
const MOST_WORKERS = 50_000
/** Workers that a lane names. */
const MOST_NAMED = 50

/** Characters of a pool or a program. */
const LONGEST_NAME = 100

const OTHERS = 'other workers'

export class OpenLane {
  name: string
  program: string | undefined
  /** The youngest last. */
  readonly workers: string[] = []
  records = 0
  readonly counter: Counter
  /** Whether it is a numbered place in a pool, and not just a worker. */
  isPlace = false
  #mergedInto: OpenLane | undefined

  constructor(name: string, counter: Counter) {
    this.name = name
    this.counter = counter
  }

  /** The lane that has what this one had. */
  get current(): OpenLane {
    return this.#mergedInto?.current ?? this
  }

  becomePlace(name: string): void {
    this.name = name
    this.isPlace = true
  }

  mergeInto(lane: OpenLane): void {
    lane.records += this.records
    lane.counter.takeFrom(this.counter)
    lane.program ??= this.program
    this.records = 0
    this.counter.clear()
    this.#mergedInto = lane
  }

  addWorker(key: string): void {
    if (this.workers.includes(key)) return
    this.workers.push(key)
    if (this.workers.length > MOST_NAMED) this.workers.shift()
  }
}

type Worker = Pick<NamedWorker, 'pid' | 'thread' | 'pool' | 'slot'> & { readonly program?: string | undefined }

export class Lanes {
  readonly #axis: TimeAxis
  readonly #byWorker = new Map<string, OpenLane>()
  readonly #byPlace = new Map<string, OpenLane>()
  readonly #lanes = new Set<OpenLane>()
  #others: OpenLane | undefined
  /** The worker of the last record, and usually of the next one. */
  #recent:
    | { readonly pid: number; readonly thread: number; readonly slot: number | undefined; lane: OpenLane }
    | undefined

  constructor(axis: TimeAxis) {
    this.#axis = axis
  }

  all(): OpenLane[] {
    return [...this.#lanes]
  }

  laneOf(worker: Worker): OpenLane {
    const { pid, thread, slot, program } = worker
    const recent = this.#recent
    if (recent && recent.pid === pid && recent.thread === thread && recent.slot === slot) return recent.lane
    const lane = this.#find(worker)
    if (program !== undefined) lane.program = shortName(program)
    this.#recent = { pid, thread, slot, lane }
    return lane
  }

  /** A worker takes the place of another one. */
  replace(former: Worker, worker: Worker): void {
    const place = this.laneOf(former)
    const lane = this.laneOf(worker)
    if (place === lane || lane.isPlace) return
    this.#merge(lane, place)
    if (!place.isPlace && place.name !== OTHERS) place.name = keyOf(worker)
  }

  #find(worker: Worker): OpenLane {
    const key = keyOf(worker)
    const known = this.#byWorker.get(key)
    const place = placeOf(worker)
    if (place === undefined) return known ?? this.#open(key, key)
    const lane = this.#byPlace.get(place) ?? this.#placed(known, place, key)
    // Records without a place came first. A known place is another one: the process has a number that was used before.
    if (known && known !== lane && !known.isPlace) this.#merge(known, lane)
    this.#note(key, lane)
    return lane
  }

  #placed(known: OpenLane | undefined, place: string, key: string): OpenLane {
    const lane = known && !known.isPlace && known.name !== OTHERS ? known : this.#open(place, key)
    if (lane.name !== OTHERS) {
      lane.becomePlace(place)
      this.#byPlace.set(place, lane)
    }
    return lane
  }

  #open(name: string, key: string): OpenLane {
    const isRoom = this.#lanes.size < MOST_LANES && this.#byWorker.size < MOST_WORKERS
    if (!isRoom && this.#others) return this.#others
    const lane = new OpenLane(isRoom ? name : OTHERS, this.#axis.counter())
    this.#lanes.add(lane)
    if (isRoom) this.#note(key, lane)
    else this.#others = lane
    return lane
  }

  #note(key: string, lane: OpenLane): void {
    if (lane.name === OTHERS || this.#byWorker.size >= MOST_WORKERS) return
    this.#byWorker.set(key, lane)
    lane.addWorker(key)
  }

  #merge(from: OpenLane, into: OpenLane): void {
    if (from.name === OTHERS || into.name === OTHERS) return
    for (const key of from.workers) this.#note(key, into)
    from.mergeInto(into)
    this.#lanes.delete(from)
    this.#recent = undefined
  }
}

/** Only a numbered place is one: workers of a pool without numbers are not distinguished by it. */
function placeOf({ pool, slot }: Worker): string | undefined {
  return slot === undefined ? undefined : `${shortName(pool ?? 'worker')} ${slot}`
}

/** Any program may write such a record. A slice alone would keep the whole text in memory. */
function shortName(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${Buffer.from(name.slice(0, LONGEST_NAME)).toString()}…`
}

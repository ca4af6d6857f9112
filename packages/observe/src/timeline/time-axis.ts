/** Counts over time, in a bounded number of buckets: their width doubles when the time does not fit. */

/** Enough for a wide screen and some zoom. */
export const MOST_BUCKETS = 1024
const FIRST_WIDTH_MS = 1

/** The buckets of all lanes. Bucket `n` has the times from `n * width` on, ms since the epoch. */
export class TimeAxis {
  #width = FIRST_WIDTH_MS
  #first = NaN
  #last = NaN
  readonly #counters: Counter[] = []

  get width(): number {
    return this.#width
  }

  /** The first bucket that has a time; NaN without any. */
  get first(): number {
    return this.#first
  }

  get last(): number {
    return this.#last
  }

  counter(): Counter {
    const counter = new Counter()
    this.#counters.push(counter)
    return counter
  }

  /** @returns the bucket of a time, for which there is room from then on */
  bucketOf(time: number): number {
    let bucket = Math.floor(time / this.#width)
    if (bucket >= this.#first && bucket <= this.#last) return bucket
    const first = Number.isNaN(this.#first) ? bucket : Math.min(this.#first, bucket)
    const last = Number.isNaN(this.#last) ? bucket : Math.max(this.#last, bucket)
    this.#first = first
    this.#last = last
    while (this.#last - this.#first >= MOST_BUCKETS) this.#widen()
    bucket = Math.floor(time / this.#width)
    return bucket
  }

  #widen(): void {
    this.#width *= 2
    this.#first = Math.floor(this.#first / 2)
    this.#last = Math.floor(this.#last / 2)
    for (const counter of this.#counters) counter.halve()
  }
}

/** The counts of one lane by bucket. Buckets without a count take no memory. */
export class Counter {
  #counts = new Map<number, number>()
  /** The bucket that was counted last: usually the next one is the same. */
  #bucket = NaN
  #count = 0

  add(bucket: number, count = 1): void {
    if (bucket !== this.#bucket) {
      this.#store()
      this.#bucket = bucket
    }
    this.#count += count
  }

  halve(): void {
    this.#store()
    const counts = new Map<number, number>()
    for (const [bucket, count] of this.#counts) {
      const wider = Math.floor(bucket / 2)
      counts.set(wider, (counts.get(wider) ?? 0) + count)
    }
    this.#counts = counts
  }

  takeFrom(other: Counter): void {
    for (const [bucket, count] of other.counts()) this.add(bucket, count)
  }

  clear(): void {
    this.#counts.clear()
    this.#bucket = NaN
    this.#count = 0
  }

  /** Counts by bucket. */
  counts(): ReadonlyMap<number, number> {
    this.#store()
    return this.#counts
  }

  #store(): void {
    if (this.#count > 0) this.#counts.set(this.#bucket, (this.#counts.get(this.#bucket) ?? 0) + this.#count)
    this.#bucket = NaN
    this.#count = 0
  }
}

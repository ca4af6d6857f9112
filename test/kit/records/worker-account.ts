/** What the next line of the log means for a record of a worker. */
export type Finding = 'first' | 'again' | 'late' | 'unknown'

/** What the ledger promises for one worker, and which of its records the log has had so far, as one bit per record. */
export class WorkerAccount {
  readonly returned: number
  /** Records found whose call had returned. */
  found = 0
  /** 1 when the log has the record whose call was still in progress when the worker was killed. */
  unfinished = 0
  readonly #seen: Uint8Array
  #highest = -1

  constructor(returned: number) {
    this.returned = returned
    this.#seen = new Uint8Array(Math.ceil((returned + 1) / 8))
  }

  /** `late`: for the first time, but after a later record of this worker. */
  meet(n: number): Finding {
    if (!Number.isInteger(n) || n < 0 || n > this.returned) return 'unknown'
    if (this.#has(n)) return 'again'
    this.#seen[n >> 3]! |= 1 << (n & 7)
    if (n < this.returned) this.found += 1
    else this.unfinished = 1
    if (n < this.#highest) return 'late'
    this.#highest = n
    return 'first'
  }

  /** The first few of the records whose call returned and that were not found. */
  missing(atMost: number): number[] {
    const missing: number[] = []
    for (let n = 0; n < this.returned && missing.length < atMost; n += 1) {
      if (!this.#has(n)) missing.push(n)
    }
    return missing
  }

  #has(n: number): boolean {
    return (this.#seen[n >> 3]! & (1 << (n & 7))) !== 0
  }
}

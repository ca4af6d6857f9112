import { basename } from 'node:path'
import { linesOf, type NumberedLine } from './lines.ts'
import { readLine, type TestRecord } from './record.ts'
import { WorkerAccount } from './worker-account.ts'

/** The outcome of {@link checkLog}: how many records, or lines, of each kind. */
export interface LogCheck {
  /** Log calls that returned, by the ledgers. */
  logged: number
  /** How many of their records are in the log. */
  found: number
  missing: number
  /** Lines with a record that an earlier line already has. */
  twice: number
  /** Lines that are not a whole JSON object, or whose checksum is wrong. */
  torn: number
  /** Lines that come after a later record of the same worker. */
  outOfOrder: number
  /** Whole records that are in no ledger. */
  strangers: number
  /** Records in the log whose worker was killed before the call returned; at most one per worker. Not a fault. */
  unfinished: number
  /** Whole lines that are not test records, such as a framework's own lines. Not a fault. */
  others: number
  /** Whether each record whose call returned is in the log exactly once, whole, and in its worker's order. */
  ok: boolean
  /** The first few of each kind of fault, and where they are. */
  examples: string[]
}

const EXAMPLES_OF_A_KIND = 3
const EXAMPLE_LENGTH = 160

/**
 * Compares a log with the ledgers of the workers that wrote it.
 *
 * @param files - the parts of one log, the oldest first. Of any size: they are streamed
 * @param ledgers - the calls that have returned, by worker; see `readLedgers`
 */
export async function checkLog(files: readonly string[], ledgers: ReadonlyMap<string, number>): Promise<LogCheck> {
  const check = new Check(ledgers)
  for (const file of files) {
    for await (const lines of linesOf(file)) {
      for (const line of lines) check.read(line, basename(file))
    }
  }
  return check.finish()
}

type Fault = 'missing' | 'twice' | 'torn' | 'outOfOrder' | 'strangers'

class Check {
  readonly #accounts: ReadonlyMap<string, WorkerAccount>
  readonly #faults: Record<Fault, number> = { missing: 0, twice: 0, torn: 0, outOfOrder: 0, strangers: 0 }
  readonly #examples: string[] = []
  #others = 0

  constructor(ledgers: ReadonlyMap<string, number>) {
    this.#accounts = new Map([...ledgers].map(([worker, returned]) => [worker, new WorkerAccount(returned)]))
  }

  read(line: NumberedLine, file: string): void {
    const content = line.whole ? readLine(line.text) : ({ kind: 'torn' } as const)
    switch (content.kind) {
      case 'record':
        this.#meet(content.record, `${file}:${line.number}`)
        break
      case 'other':
        this.#others += 1
        break
      case 'torn':
        this.#fault('torn', `${file}:${line.number} ${line.text.slice(0, EXAMPLE_LENGTH)}`)
        break
    }
  }

  finish(): LogCheck {
    for (const [worker, account] of this.#accounts) {
      const examples = account.missing(EXAMPLES_OF_A_KIND).map((n) => `record ${n} of ${worker}`)
      this.#fault('missing', examples, account.returned - account.found)
    }
    const accounts = [...this.#accounts.values()]
    return {
      logged: sum(accounts.map(({ returned }) => returned)),
      found: sum(accounts.map(({ found }) => found)),
      ...this.#faults,
      unfinished: sum(accounts.map(({ unfinished }) => unfinished)),
      others: this.#others,
      ok: sum(Object.values(this.#faults)) === 0,
      examples: this.#examples,
    }
  }

  #meet({ worker, n }: TestRecord, place: string): void {
    const example = `${place} has record ${n} of ${worker}`
    switch (this.#accounts.get(worker)?.meet(n) ?? 'unknown') {
      case 'first':
        break
      case 'again':
        this.#fault('twice', example)
        break
      case 'late':
        this.#fault('outOfOrder', example)
        break
      case 'unknown':
        this.#fault('strangers', example)
        break
    }
  }

  #fault(fault: Fault, examples: string | readonly string[], count = 1): void {
    const room = Math.max(0, EXAMPLES_OF_A_KIND - this.#faults[fault])
    for (const example of [examples].flat().slice(0, room)) this.#examples.push(`${fault}: ${example}`)
    this.#faults[fault] += count
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

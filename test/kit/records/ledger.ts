/**
 * A worker's own account of what it has logged: one small file per worker. It has one number, how many log calls have
 * returned, as 4 bytes, little-endian.
 *
 * The number is overwritten in place after each call. That is one system call into the page cache, which a SIGKILL can
 * neither split nor undo. It is a call (pwritev) that nothing under test makes, so that a test can make system calls fail
 * without harm to the ledger. A worker that is killed between the log call and the ledger has one record more in the log
 * than its ledger says.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writevSync } from 'node:fs'
import { join } from 'node:path'
import { testRecord, type TestRecord } from './record.ts'

const SUFFIX = '.ledger'
const NOTHING = Buffer.alloc(0)
const WORKER_NAME = /^[\w-][\w.-]*$/

/** The writing side, in the worker. */
export class Ledger {
  readonly #worker: string
  readonly #file: number
  readonly #count: Buffer = Buffer.alloc(4)
  #returned = 0

  /**
   * @param directory - made when missing
   * @param worker - a file name that no worker of this directory had before
   */
  constructor(directory: string, worker: string) {
    if (!WORKER_NAME.test(worker)) throw new Error(`A worker's name must be usable as a file name; got '${worker}'`)
    mkdirSync(directory, { recursive: true })
    this.#worker = worker
    this.#file = openSync(join(directory, `${worker}${SUFFIX}`), 'wx')
  }

  /**
   * Logs the next record of this worker.
   *
   * @param payload - the text of the record, of any length
   * @param log - the log call, and nothing else: when it has returned, the record counts
   */
  log(payload: string, log: (record: TestRecord) => void): void {
    log(testRecord(this.#worker, this.#returned, payload))
    this.#returned += 1
    this.#count.writeUInt32LE(this.#returned)
    // With one buffer it would be a pwrite64.
    writevSync(this.#file, [this.#count, NOTHING], 0)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** How many log calls have returned, by worker. Final only when the workers are gone. */
export function readLedgers(directory: string): Map<string, number> {
  const ledgers = new Map<string, number>()
  for (const name of readdirSync(directory)) {
    if (!name.endsWith(SUFFIX)) continue
    const count = readFileSync(join(directory, name))
    // Empty when the worker was killed before its first log call returned.
    ledgers.set(name.slice(0, -SUFFIX.length), count.length === 0 ? 0 : count.readUInt32LE())
  }
  return ledgers
}

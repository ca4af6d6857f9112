/**
 * The file `drops` of a mailbox: the tally of records that were dropped and not yet reported in the log.
 *
 * It is written when a record is dropped, and removed when the log has a record about it. So the count survives the
 * death of the worker: whoever deletes the mailbox reports it then.
 */
import { closeSync, constants, fchmodSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../errors.ts'

/** What was dropped. */
export interface DropTally {
  /** Records. */
  readonly count: number
  /** Records by the number of their level, `'unknown'` where they tell none. */
  readonly levels: Readonly<Record<string, number>>
  /** Records by cause, such as `'mailbox full'` or `'ENOSPC'`. */
  readonly causes: Readonly<Record<string, number>>
  /** Time of the first and of the last one, ms since the epoch. */
  readonly from: number
  readonly to: number
}

/** Larger than any tally; written as a whole, so that a shorter text leaves nothing of a longer one behind. */
const FILE_BYTES = 2048

/** The tally with one more record in it. */
export function countDrop(tally: DropTally | undefined, level: string, cause: string): DropTally {
  const now = Date.now()
  return {
    count: (tally?.count ?? 0) + 1,
    levels: addOne(tally?.levels, level),
    causes: addOne(tally?.causes, cause),
    from: tally?.from ?? now,
    to: now,
  }
}

function addOne(counts: Readonly<Record<string, number>> | undefined, name: string): Record<string, number> {
  // The kinds are few; should an application number its levels wildly, the tally must still fit.
  const short = name.slice(0, 24)
  const key = countOf(counts, short) > 0 || Object.keys(counts ?? {}).length < 16 ? short : 'other'
  return { ...counts, [key]: countOf(counts, key) + 1 }
}

/** A level may have any name, also one that every object knows, such as `constructor`. */
function countOf(counts: Readonly<Record<string, number>> | undefined, name: string): number {
  return counts && Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0
}

/** The writer's side: keeps the tally of one mailbox where it survives. */
export class DropRecorder {
  readonly #path: string
  #descriptor: number | undefined

  /** @param mailbox - its directory */
  constructor(mailbox: string) {
    this.#path = join(mailbox, 'drops')
  }

  /** Best effort: a tally that can't be stored is still in memory, and reported when there is room. */
  store(tally: DropTally): void {
    try {
      this.#descriptor ??= this.#open()
      writeSync(this.#descriptor, JSON.stringify(tally).padEnd(FILE_BYTES), 0)
    } catch {
      // In memory it stays.
    }
  }

  #open(): number {
    const descriptor = openSync(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
    // Whatever the umask says: the listener has to read it.
    fchmodSync(descriptor, 0o600)
    return descriptor
  }

  /** The log tells of these drops now. */
  clear(): void {
    try {
      this.close()
      unlinkSync(this.#path)
    } catch {
      // Told twice is better than not at all.
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}

/**
 * The reader's side: drops of a mailbox that no record in the log tells of; `undefined` when there are none.
 *
 * @throws the system's error when that can't be known at present
 */
export function readDrops(mailbox: string): DropTally | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(mailbox, 'drops'), 'utf8'))
    return isTally(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function isTally(value: unknown): value is DropTally {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Record<string, unknown>
  return (
    ['count', 'from', 'to'].every((name) => Number.isSafeInteger(fields[name])) &&
    ['levels', 'causes'].every((name) => typeof fields[name] === 'object' && fields[name] !== null)
  )
}

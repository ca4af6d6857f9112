import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { Filled } from './filled.ts'

/** Reads from a mailbox into the batch. */
export type Fill = (entry: MailboxEntry) => Filled | 'unreadable'

/**
 * The mailboxes whose lines come before those of others in one batch: a thread that has closed its last destination for a
 * log file, and opens one again, has another mailbox. The former one is sealed, so that it is drained when a read finds
 * nothing.
 */
export class Formers {
  readonly #entries: ReadonlySet<MailboxEntry>
  readonly #fill: Fill
  /** All of their lines are in the batch, or were before. */
  readonly #drained = new Set<MailboxEntry>()
  readonly #givers = new Set<MailboxEntry>()

  /**
   * @param entries - the mailboxes to read. One that is not among them has no lines, or waits for something else
   * @param fill - reads to the end of a mailbox that is sealed
   */
  constructor(entries: ReadonlySet<MailboxEntry>, fill: Fill) {
    this.#entries = entries
    this.#fill = fill
  }

  /** Whether a mailbox was read before its turn, and has given lines. */
  gaveLines(entry: MailboxEntry): boolean {
    return this.#givers.has(entry)
  }

  /** Drains the mailboxes whose lines come before those of `entry`. @returns whether there was room for all of them */
  areDrained(entry: MailboxEntry): boolean {
    if (!entry.former) return true
    const chain = [entry]
    for (
      let former: MailboxEntry | undefined = entry.former;
      former && !this.#drained.has(former);
      former = former.former
    )
      chain.push(former)
    for (const former of chain.slice(1).toReversed()) if (!this.#isDrained(former)) return false
    // Trouble with the log file gives back what is not committed.
    for (const one of chain) if (one.former && this.#isDone(one.former)) one.forgetFormer()
    return true
  }

  #isDone(former: MailboxEntry): boolean {
    return !this.#entries.has(former) || former.isCommitted
  }

  #isDrained(former: MailboxEntry): boolean {
    while (this.#entries.has(former)) {
      const filled = this.#fill(former)
      // One that can't be read must not hold up the thread.
      if (filled === 'nothing' || filled === 'unreadable') break
      this.#givers.add(former)
      if (filled !== 'lines') return false
    }
    this.#drained.add(former)
    return true
  }
}

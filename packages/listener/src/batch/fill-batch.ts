import type { Batch, Filled } from './batch.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

/** See `MailboxReader.read`. */
export type Thorough = (entry: MailboxEntry) => boolean

/**
 * Reads from mailboxes into a batch: from each its share, then from those that have more, as long as there is room.
 *
 * Who was served goes to the end of the line, so that a full batch starves nobody. Who has a line that needs a batch of
 * its own keeps the place, so that it gets to the head of the line.
 *
 * @param report - is told of a mailbox that can't be read: once
 * @returns whether there may be more at once
 */
export function gather(
  batch: Batch,
  entries: Set<MailboxEntry>,
  thorough: Thorough,
  report: (message: string) => void,
): boolean {
  let more = false
  const serve = (entry: MailboxEntry): Filled | 'unreadable' => {
    const filled = batch.isFull ? 'no room' : fill(batch, entry, thorough(entry), report)
    if (filled === 'no room') more = true
    return filled
  }
  let unfinished: MailboxEntry[] = []
  for (const entry of Array.from(entries)) {
    const filled = serve(entry)
    entry.hadNothing = filled === 'nothing' || filled === 'unreadable'
    if (filled === 'share') unfinished.push(entry)
    if (filled !== 'lines' && filled !== 'share') continue
    entry.idlePasses = 0
    entries.delete(entry)
    entries.add(entry)
  }
  while (unfinished.length > 0) unfinished = unfinished.filter((entry) => serve(entry) === 'share')
  return more || batch.isFull
}

/** A mailbox that can't be read at present must not hold up the others. */
export function fill(
  batch: Batch,
  entry: MailboxEntry,
  thorough: boolean,
  report: (message: string) => void,
): Filled | 'unreadable' {
  try {
    const filled = batch.fill(entry, thorough)
    // Who has no room was not read to the end of its line.
    if (filled !== 'no room') entry.unreadable = undefined
    return filled
  } catch (error) {
    if (entry.unreadable === undefined) report(`the mailbox ${entry.id} can't be read: ${String(error)}`)
    entry.unreadable = String(error)
    return 'unreadable'
  }
}

/**
 * Fills a batch from mailboxes: from each mailbox its share, then from those that have more, while there is room.
 *
 * A mailbox that was read moves to the end of the set, so that a full batch starves no mailbox. A mailbox whose next line
 * needs a batch of its own keeps its place, and so gets to the head.
 */
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'
import type { Batch, Filled } from './batch.ts'

/** Whether to probe for a next segment that no end mark announces. See `MailboxReader.read`. */
export type ProbesNextSegment = (entry: MailboxEntry) => boolean

/**
 * @param entries - the mailboxes to read; reordered
 * @param report - gets a message for a mailbox that can't be read, once
 * @returns whether there may be more at once
 */
export function fillBatch(
  batch: Batch,
  entries: Set<MailboxEntry>,
  probesNextSegment: ProbesNextSegment,
  report: (message: string) => void,
): boolean {
  let more = false
  const serve = (entry: MailboxEntry): Filled | 'unreadable' => {
    const filled = batch.isFull ? 'no room' : fillFrom(entry, batch, probesNextSegment(entry), report)
    if (filled === 'no room') more = true
    return filled
  }
  let unfinished: MailboxEntry[] = []
  for (const entry of Array.from(entries)) {
    const filled = serve(entry)
    noteFound(entry, filled)
    if (filled === 'share') unfinished.push(entry)
    if (filled !== 'lines' && filled !== 'share') continue
    entries.delete(entry)
    entries.add(entry)
  }
  while (unfinished.length > 0) unfinished = unfinished.filter((entry) => serve(entry) === 'share')
  return more || batch.isFull
}

/** Reads from one mailbox. A mailbox that can't be read must not hold up the others. */
export function fillFrom(
  entry: MailboxEntry,
  batch: Batch,
  probeNextSegment: boolean,
  report: (message: string) => void,
): Filled | 'unreadable' {
  try {
    const filled = batch.fill(entry, probeNextSegment)
    // A mailbox whose line found no room was not read to the end of that line.
    if (filled !== 'no room') entry.becameReadable()
    return filled
  } catch (error) {
    if (entry.becameUnreadable(error)) report(`the mailbox ${entry.id} can't be read: ${String(error)}`)
    return 'unreadable'
  }
}

/** Takes note in the mailbox's own state of what a read has found. */
export function noteFound({ reading }: MailboxEntry, filled: Filled | 'unreadable'): void {
  switch (filled) {
    case 'lines':
    case 'share':
      reading.foundLines()
      break
    case 'no room':
      reading.foundNoRoom()
      break
    case 'nothing':
    case 'unreadable':
      reading.foundNothing()
      break
  }
}

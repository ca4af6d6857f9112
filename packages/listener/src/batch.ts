import { FunnelError, MAX_LINE_BYTES, type LineRange } from '@pino-funnel/channel'
import type { MailboxEntry } from './mailbox-entry.ts'

/** Enough to make a write cheap per record, little enough to be read and written while in the CPU's cache. */
const BATCH_BYTES = 1024 * 1024
/** A burst of one worker must not make the others wait for more than this. */
const MAILBOX_SHARE_BYTES = 256 * 1024
const NEWLINE = 0x0a

/** Lines of a batch that came from one mailbox, beside each other there. */
export interface Part {
  readonly entry: MailboxEntry
  readonly range: LineRange
  readonly records: number
}

/** What a mailbox gave to a batch. `no room`: its next line is too long for what is left, and waits for a batch of its own. */
export type Filled = 'lines' | 'nothing' | 'no room'

/** Lines on their way from mailboxes to one log file. The buffer is used again and again. */
export class Batch {
  #buffer = Buffer.allocUnsafe(BATCH_BYTES)
  #length = 0
  #parts: Part[] = []

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  get parts(): readonly Part[] {
    return this.#parts
  }

  get isFull(): boolean {
    return this.#buffer.length - this.#length < MAILBOX_SHARE_BYTES
  }

  clear(): void {
    this.#length = 0
    this.#parts = []
    if (this.#buffer.length > BATCH_BYTES) this.#buffer = Buffer.allocUnsafe(BATCH_BYTES)
  }

  /**
   * Reads what a mailbox has, up to its share.
   *
   * @param thorough - see `MailboxReader.read`
   */
  fill(entry: MailboxEntry, thorough: boolean): Filled {
    let taken = 0
    while (taken < MAILBOX_SHARE_BYTES) {
      const room = Math.min(this.#buffer.length - this.#length, MAILBOX_SHARE_BYTES - taken)
      const result = room === 0 ? 'crowded' : entry.reader.read(this.#buffer, this.#length, room, thorough)
      if (result === 'nothing') return taken > 0 ? 'lines' : 'nothing'
      if (result !== 'crowded') taken += this.#add(entry, result)
      // A line longer than a whole share is let in once it is alone; the buffer grows for it.
      else if (taken > 0) return 'lines'
      else if (this.#length > 0) return 'no room'
      else return this.#fillWithLongLine(entry, thorough)
    }
    return 'lines'
  }

  #fillWithLongLine(entry: MailboxEntry, thorough: boolean): 'lines' | 'nothing' {
    for (;;) {
      const result = entry.reader.read(this.#buffer, 0, this.#buffer.length, thorough)
      // No line, but the beginning of one: it is still being written, or its writer died at it.
      if (result === 'nothing') return 'nothing'
      if (result !== 'crowded') {
        this.#add(entry, result)
        return 'lines'
      }
      if (this.#buffer.length > MAX_LINE_BYTES) throw endlessLine(entry)
      this.#buffer = Buffer.allocUnsafe(this.#buffer.length * 2)
    }
  }

  #add(entry: MailboxEntry, range: LineRange): number {
    const length = range.to - range.from
    const records = countLines(this.#buffer, this.#length, this.#length + length)
    this.#parts.push({ entry, range, records })
    this.#length += length
    return length
  }
}

function endlessLine(entry: MailboxEntry): FunnelError {
  const { sequence, offset } = entry.reader.position
  return new FunnelError(
    'FUNNEL_MAILBOX_INVALID',
    `The mailbox ${entry.id} has no end of line within ${MAX_LINE_BYTES} bytes of segment ${sequence}, offset ${offset}.`,
  )
}

export function countLines(buffer: Buffer, from: number, to: number): number {
  let lines = 0
  for (let at = buffer.indexOf(NEWLINE, from); at !== -1 && at < to; at = buffer.indexOf(NEWLINE, at + 1)) lines += 1
  return lines
}

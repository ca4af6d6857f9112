import { closeSync, constants, openSync, readSync, writeSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { BELL_OFFSET, HEADER_BYTES, isAsleep } from './header.ts'
import { mapFile } from '../segment/memory-map.ts'

/**
 * The writer's view of its mailbox's bell: does the listener sleep, so that it must be rung? The same idea as
 * io_uring's flag IORING_SQ_NEED_WAKEUP.
 */
export interface Bell {
  /** Whether it may be read after each record. */
  readonly isCheapToRead: boolean
  /**
   * The number of the listener's current sleep: a writer that has written must ring, once for each number. 0 while the
   * listener polls, when the bell is closed, and while it can't be read. Never throws: no record depends on a ring.
   */
  sleepNumber(): number
  close(): void
}

/** A bell in memory: reading it costs one load. */
export function mappedBell(mailbox: string): Bell {
  const descriptor = openSync(join(mailbox, 'header'), constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    const memory = mapFile(descriptor, HEADER_BYTES)
    let bytes: Uint8Array | undefined = memory.bytes
    return {
      // A lost header is all zeros: the writer does not ring, and the fallback poll reads the mailbox.
      get isCheapToRead() {
        return !memory.isLost()
      },
      sleepNumber: () => sleepShown(bytes?.[BELL_OFFSET]),
      close: () => {
        if (bytes === undefined) return
        bytes = undefined
        memory.unmap()
      },
    }
  } finally {
    closeSync(descriptor)
  }
}

/** A bell in a file: reading it costs a system call. */
export function plainBell(mailbox: string): Bell {
  let descriptor: number | undefined = openSync(join(mailbox, 'header'), constants.O_RDONLY | constants.O_NOFOLLOW)
  const byte = Buffer.alloc(1)
  return {
    isCheapToRead: false,
    sleepNumber: () => {
      if (descriptor === undefined) return 0
      try {
        return readSync(descriptor, byte, 0, 1, BELL_OFFSET) === 1 ? sleepShown(byte[0]) : 0
      } catch {
        return 0
      }
    },
    close: () => {
      if (descriptor === undefined) return
      closeSync(descriptor)
      descriptor = undefined
    },
  }
}

/** The listener's side. Best effort: a writer that does not ring is read by the fallback poll. */
export function writeBell(mailbox: string, bell: number): void {
  const value = Buffer.alloc(4)
  value.writeUInt32LE(bell)
  try {
    const descriptor = openSync(join(mailbox, 'header'), constants.O_RDWR | constants.O_NOFOLLOW)
    try {
      writeSync(descriptor, value, 0, value.length, BELL_OFFSET)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The fallback poll, then.
  }
}

function sleepShown(bell: number | undefined): number {
  return bell !== undefined && isAsleep(bell) ? bell : 0
}

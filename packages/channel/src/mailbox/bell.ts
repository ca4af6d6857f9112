import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { BELL_OFFSET, BELL_WATCHED, HEADER_BYTES } from './header.ts'
import { mapFile } from './memory-map.ts'

/** The writer's view of its mailbox's bell: does the listener want to be rung? */
export interface Bell {
  /** Whether looking is cheap enough to do it after each record. */
  readonly instant: boolean
  /** Whether the listener sleeps, so that a writer who has written must ring. A closed bell says no. */
  asleep(): boolean
  close(): void
}

/** A bell in memory: a look costs one load. */
export function mappedBell(mailbox: string): Bell {
  const descriptor = openSync(join(mailbox, 'header'), 'r+')
  try {
    const memory = mapFile(descriptor, HEADER_BYTES)
    let bytes: Uint8Array | undefined = memory.bytes
    return {
      instant: true,
      asleep: () => bytes !== undefined && bytes[BELL_OFFSET] !== BELL_WATCHED,
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

/** A bell in a file: a look costs a system call. */
export function plainBell(mailbox: string): Bell {
  let descriptor: number | undefined = openSync(join(mailbox, 'header'), 'r')
  const byte = Buffer.alloc(1)
  return {
    instant: false,
    asleep: () =>
      descriptor !== undefined && readSync(descriptor, byte, 0, 1, BELL_OFFSET) === 1 && byte[0] !== BELL_WATCHED,
    close: () => {
      if (descriptor === undefined) return
      closeSync(descriptor)
      descriptor = undefined
    },
  }
}

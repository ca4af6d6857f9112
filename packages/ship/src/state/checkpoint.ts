/**
 * How far a shipper has come, on this host. An engine that knows better is asked first; see engine/engine.ts.
 *
 * The file has two slots, which are written in turn, each with one call. A crash damages the slot that was being
 * written, at most; the other one has the state before. Both slots have their room on the disk from the beginning, so
 * that a full disk keeps nothing from being noted, and the file is never replaced.
 *
 * ```
 * offset 0      slot 0: <JSON> <CRC-32 of it, 8 hexadecimal digits>\n, then spaces
 * offset 4096   slot 1
 * ```
 */
import { makePrivate, systemCode } from '@pino-funnel/channel'
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Stored } from '../engine/engine.ts'

export const SLOT_BYTES = 4096

export interface Progress {
  /** Id of the log that the positions are of. */
  readonly log: string
  /** What lies before is stored, filtered, refused or lost: nothing of it is to be sent. */
  readonly position: number
  /** The end of what the engine had stored then. */
  readonly stored?: Stored
  /** Id of another log that this one may follow in the engine: an operator has said so. */
  readonly follows?: string
  /** Token of a batch after which the log goes on although it no longer has it: an operator has said so. */
  readonly accepted?: string
  /** Records that the engine refused for good. */
  readonly refused: number
  /** The last ones of them, with nothing stored in between or since. */
  readonly refusedInARow?: number
  /** Bytes of the log that were deleted before they were stored. */
  readonly lost: number
}

/** Where a shipper keeps its progress. */
export interface ProgressStore {
  /** What was written last; `undefined` when nothing was, or it is damaged. */
  readonly progress: Progress | undefined
  /** @param durable - whether it must survive a power failure: for what no engine knows */
  write(progress: Progress, durable?: boolean): void
}

export class Checkpoint implements ProgressStore {
  readonly #descriptor: number
  #sequence: number
  #progress: Progress | undefined

  /** @param path - of the file, which is made when it is not there @throws the system's error */
  constructor(path: string) {
    this.#descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
    try {
      makePrivate(this.#descriptor)
      const { size } = fstatSync(this.#descriptor)
      if (size < 2 * SLOT_BYTES) writeWhole(this.#descriptor, Buffer.alloc(2 * SLOT_BYTES - size, ' '), size)
      const newest = newestSlot(this.#descriptor)
      this.#sequence = newest?.sequence ?? 0
      this.#progress = newest?.progress
    } catch (error) {
      closeSync(this.#descriptor)
      throw error
    }
  }

  get progress(): Progress | undefined {
    return this.#progress
  }

  write(progress: Progress, durable = false): void {
    const sequence = this.#sequence + 1
    const text = JSON.stringify({ sequence, ...progress })
    const slot = Buffer.alloc(SLOT_BYTES, ' ')
    const line = Buffer.from(`${text} ${checksum(text)}\n`)
    if (line.length > SLOT_BYTES) throw new RangeError(`A checkpoint of ${line.length} bytes does not fit`)
    line.copy(slot)
    writeWhole(this.#descriptor, slot, (sequence % 2) * SLOT_BYTES)
    if (durable) fdatasyncSync(this.#descriptor)
    this.#sequence = sequence
    this.#progress = progress
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** What a checkpoint has, for those who do not write it. */
export function readProgress(path: string): Progress | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    return newestSlot(descriptor)?.progress
  } finally {
    closeSync(descriptor)
  }
}

interface Slot {
  readonly sequence: number
  readonly progress: Progress
}

function newestSlot(descriptor: number): Slot | undefined {
  const slots = [0, 1].flatMap((slot) => readSlot(descriptor, slot) ?? [])
  return slots.sort((a, b) => b.sequence - a.sequence)[0]
}

function readSlot(descriptor: number, slot: number): Slot | undefined {
  const bytes = Buffer.alloc(SLOT_BYTES)
  const length = readSync(descriptor, bytes, 0, SLOT_BYTES, slot * SLOT_BYTES)
  const [, text, sum] = /^(\{.*\}) ([0-9a-f]{8})\n/.exec(bytes.toString('utf8', 0, length)) ?? []
  if (text === undefined || checksum(text) !== sum) return undefined
  const { sequence, ...progress } = JSON.parse(text) as Progress & { sequence: number }
  return { sequence, progress }
}

/** @throws Error also when a part is written, as a disk that becomes full takes it */
function writeWhole(descriptor: number, bytes: Buffer, position: number): void {
  const written = writeSync(descriptor, bytes, 0, bytes.length, position)
  if (written === bytes.length) return
  throw new Error(`The checkpoint could not be written: the disk took ${written} of ${bytes.length} bytes`)
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}

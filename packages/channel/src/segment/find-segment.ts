import { monotonicNow } from '../captured/clock.ts'
import { closeSync, readSync, statSync } from '../captured/fs.ts'
import { join } from 'node:path'
import { bootId } from '../liveness/process-hint.ts'
import { systemCode } from '../util/errors.ts'
import { isThere, openIfThere } from '../util/files.ts'
import { listSegments, segmentFileName, type SegmentForm } from './segment-name.ts'

/** Whole lines: bytes `from` to `to` of a segment. */
export interface LineRange {
  readonly sequence: number
  readonly from: number
  readonly to: number
}

/** A segment opened for reading. The caller closes the descriptor. */
export interface OpenSegment {
  readonly descriptor: number
  readonly form: SegmentForm
}

/** @returns `undefined` when the segment does not exist, or was given up */
export function openSegment(mailbox: string, sequence: number): OpenSegment | undefined {
  for (const form of ['plain', 'mapped'] as const) {
    const descriptor = openIfThere(join(mailbox, segmentFileName(sequence, form)))
    if (descriptor !== undefined) return { descriptor, form }
  }
  return undefined
}

function segmentExists(mailbox: string, sequence: number): boolean {
  return (
    isThere(join(mailbox, segmentFileName(sequence, 'mapped'))) ||
    isThere(join(mailbox, segmentFileName(sequence, 'plain')))
  )
}

/**
 * The next segment that there is after `sequence`: another program may have deleted those between. `undefined` when there
 * is none, or no mailbox any more.
 *
 * @throws the system's error when it can't say
 */
export function segmentAfter(mailbox: string, sequence: number): number | undefined {
  const next = sequence + 1
  if (segmentExists(mailbox, next)) return next
  const later = segmentsIfThere(mailbox).find((segment) => segment.sequence > sequence)?.sequence
  // A writer that makes its segment again does so before the one after it is there.
  return later !== undefined && segmentExists(mailbox, next) ? next : later
}

function segmentsIfThere(mailbox: string): ReturnType<typeof listSegments> {
  try {
    return listSegments(mailbox)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

/**
 * The times of a directory are those of the kernel's last tick, and some file systems keep whole seconds, or two: what
 * comes soon after a change that was seen does not change them again.
 */
const GRAIN_MS = 2100
/** A directory whose times never change is listed so often. */
const LONGEST_TRUST_MS = 30_000

/** How to probe the next segment. `cheaply` may find it later, so that no line is given up on that answer. */
export type Probe = boolean | 'cheaply'

/**
 * The segments of a mailbox after the one that is read. A cheap probe lists the directory only when it has changed, once
 * more when nothing can come unseen with that change any longer, and twice a minute.
 */
export class LaterSegments {
  readonly #mailbox: string
  readonly #now: () => number
  /** Times of the directory, as they were before it was listed. */
  #change: { readonly mtimeNs: bigint; readonly ctimeNs: bigint } | undefined
  #changeSeenAt = 0
  #listedAt = 0
  /** The highest sequence that was listed. */
  #last = 0

  /** @param now - ms that only grow */
  constructor(mailbox: string, now: () => number = monotonicNow) {
    this.#mailbox = mailbox
    this.#now = now
  }

  /** The next one; `undefined` when there is none. @throws the system's error when it can't say */
  next(sequence: number): number | undefined {
    return segmentAfter(this.#mailbox, sequence)
  }

  /** @throws the system's error when it can't say */
  areAfter(sequence: number, probe: Probe): boolean {
    return probe === 'cheaply' ? this.#seemAfter(sequence) : this.next(sequence) !== undefined
  }

  #seemAfter(sequence: number): boolean {
    const change = statSync(this.#mailbox, { bigint: true, throwIfNoEntry: false })
    if (change === undefined) return false
    const now = this.#now()
    if (change.mtimeNs !== this.#change?.mtimeNs || change.ctimeNs !== this.#change.ctimeNs) {
      this.#changeSeenAt = now
      this.#list(now)
      this.#change = change
    } else if (this.#isListingOld(now)) this.#list(now)
    if (this.#last > sequence) return true
    return !this.#isComplete && segmentExists(this.#mailbox, sequence + 1)
  }

  #isListingOld(now: number): boolean {
    return now - this.#listedAt > (this.#isComplete ? LONGEST_TRUST_MS : GRAIN_MS)
  }

  /** Whether any change after the listing shows in the times. */
  get #isComplete(): boolean {
    return this.#listedAt - this.#changeSeenAt > GRAIN_MS
  }

  #list(now: number): void {
    this.#last = segmentsIfThere(this.#mailbox).at(-1)?.sequence ?? 0
    this.#listedAt = now
  }
}

const HOLE_WINDOW_BYTES = 16 * 1024
/** Made when a hole is met: that is rare. */
let windows: { readonly window: Buffer; readonly zeros: Buffer } | undefined

/** Holes of plain segments: NULs in the place of what another program has cut away, with lines behind them. */
export class Holes {
  readonly #boot: string | undefined
  #bytes = 0
  /** Where the last one ends that was counted: one that is read again is not counted again. */
  #counted = { sequence: 0, offset: 0 }

  /** @param boot - that of the writer, as far as it is known */
  constructor(boot: string | undefined) {
    this.#boot = boot
  }

  /** What follows NULs begins a line where another program has cut the file. After a power loss it may be any byte. */
  mayBeIn(form: SegmentForm | undefined): boolean {
    return form === 'plain' && this.#boot !== undefined && this.#boot !== '' && this.#boot === bootId()
  }

  /** Bytes that were cut away and not read, as far as they were passed over. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Each read has to see the same hole: Linux before 6.8 can show a read the new size of a file before its bytes, on some
   * machines.
   *
   * @param nul - bytes from the position to the first NUL: the beginning of a line whose rest was cut away
   * @returns the offset behind the hole; `undefined` when nothing follows it
   * @throws the system's error when the segment can't be read
   */
  pass(
    descriptor: number,
    { sequence, offset }: { sequence: number; offset: number },
    nul: number,
  ): number | undefined {
    const begin = offset + nul
    const end = endOfNuls(descriptor, begin)
    if (end === undefined || end === begin || endOfNuls(descriptor, begin) !== end) return undefined
    const counted = sequence === this.#counted.sequence ? this.#counted.offset : 0
    if (sequence >= this.#counted.sequence && end > counted) {
      this.#bytes += end - Math.max(counted, offset)
      this.#counted = { sequence, offset: end }
    }
    return end
  }
}

function endOfNuls(descriptor: number, from: number): number | undefined {
  const { window, zeros } = (windows ??= {
    window: Buffer.alloc(HOLE_WINDOW_BYTES),
    zeros: Buffer.alloc(HOLE_WINDOW_BYTES),
  })
  for (let at = from; ;) {
    const length = readSync(descriptor, window, 0, window.length, at)
    if (length === 0) return undefined
    const seen = window.subarray(0, length)
    if (!seen.equals(zeros.subarray(0, length))) return at + seen.findIndex((byte) => byte !== 0)
    at += length
  }
}

/**
 * Reads a range again that was read before.
 *
 * @param mailbox - its directory
 * @returns no bytes when its segment is not there; `undefined` when the segment was cut, and has not all of them
 */
export function readAgain(mailbox: string, range: LineRange): Buffer | undefined {
  const bytes = Buffer.alloc(range.to - range.from)
  const segment = openSegment(mailbox, range.sequence)
  if (segment === undefined) return bytes.subarray(0, 0)
  try {
    return readSync(segment.descriptor, bytes, 0, bytes.length, range.from) < bytes.length ? undefined : bytes
  } finally {
    closeSync(segment.descriptor)
  }
}

/**
 * The portions of a log in their order, file after file.
 *
 * What always holds in this room: no byte is given twice, and none is left out without a gap that says so. A file is
 * finished when it is compressed, or when another file comes after it. That is asked first, and then the file is read
 * to its end once more.
 */
import { FunnelError } from '@pino-funnel/channel'
import { setTimeout as delay } from 'node:timers/promises'
import { CutError, isDamaged, openListed, PlainContents, type Contents } from '../files/contents.ts'
import { describeLiveFile } from '../files/list-files.ts'
import { lastLineEnd } from '../files/last-line-end.ts'
import { FilesAhead } from './files-ahead.ts'
import type { CutPortion } from './line-cutter.ts'
import { OpenedFile } from './opened-file.ts'
import { Addresses, missingBytes, type FileOfLog } from './addresses.ts'
import { parseCursor } from './cursor.ts'
import { byLikelihood, holdsEnd, openAt, openProven, placesAfter, placesOf } from './places.ts'
import type { Portion } from './portion.ts'
import type { SequenceOptions } from './sequence-options.ts'

export class LogSequence {
  readonly #log: string
  readonly #options: SequenceOptions
  readonly #addresses: Addresses
  /** Where reading goes on, in a file that is still to be opened. */
  #from = 0
  #current: OpenedFile | undefined
  /** Rotated files that come next, so that the directory is not listed for each of them. One that is not there is listed again. */
  #listed: readonly FileOfLog[] = []
  readonly #ahead: FilesAhead

  /** @param log - absolute path of the live file */
  constructor(log: string, options: SequenceOptions) {
    this.#log = log
    this.#options = options
    this.#addresses = new Addresses(log, options.channelDir)
    this.#ahead = new FilesAhead(options.finds)
  }

  async *portions(): AsyncGenerator<Portion, void, void> {
    try {
      await this.#begin()
      while (!this.#isAborted) {
        const current = this.#current
        const isFinished = current ? yield* this.#read(current) : true
        const hasMovedOn = isFinished && !this.#isAborted && (await this.#moveOn(current))
        if (!hasMovedOn && !(await this.#wait())) return
      }
    } finally {
      await this.#current?.close()
      await this.#ahead.close()
    }
  }

  get #isAborted(): boolean {
    return this.#options.signal?.aborted === true
  }

  async #begin(): Promise<void> {
    const { from } = this.#options
    // There may be no ledger yet, and no record.
    if (from === 'beginning' || from === 0) return
    if (from === 'end') await this.#beginAtEnd()
    else if (typeof from === 'number') await this.#beginAtPosition(from)
    else await this.#beginAtCursor(from)
  }

  /** @throws FunnelError `FUNNEL_POSITION_UNKNOWN` when no line of the log begins there */
  async #beginAtPosition(position: number): Promise<void> {
    const places = await placesOf(this.#log, this.#addresses)
    const place = places.findLast(({ address }) => address !== undefined && address.file.base <= position)
    const offset = position - (place?.address?.file.base ?? 0)
    if (!this.#addresses.ledger) {
      throw unknown(`The log ${this.#log} has no ledger, so that the position ${position} says nothing.`)
    }
    if (place?.address && offset < place.address.length) {
      const opened = await openAt(place.file, offset)
      if (opened === 'gone') return this.#beginAtPosition(position)
      if (!opened) throw unknown(`No line of the log ${this.#log} begins at the position ${position}.`)
      this.#current = this.#opened(place, opened.contents, opened.before)
    }
    // Otherwise its file was deleted, or the next one begins there.
    this.#from = position
  }

  async #beginAtCursor(text: string): Promise<void> {
    const cursor = parseCursor(text)
    const { offset, proof, log } = cursor
    let isOld = false
    const places = await placesOf(this.#log, this.#addresses)
    for (const place of byLikelihood(places, cursor)) {
      const opened = await openProven(place.file, offset, proof)
      if (opened === 'gone') isOld = true
      if (opened === 'gone' || !opened) continue
      this.#current = this.#opened(place, opened.contents, opened.before)
      return
    }
    // A file was compressed meanwhile.
    if (isOld) return this.#beginAtCursor(text)
    if (log && this.#addresses.ledger?.has(log.id, log.position) === true) {
      const last = places.at(-1)
      if (last && holdsEnd(last, log.position)) {
        throw unknown(
          `The cursor ${text} is of the file ${last.file.path}, but the bytes before it are not there: the machine lost the end of the file, or another program changed it. Read from position ${last.address?.file.base} to go on with all of the file.`,
        )
      }
      this.#from = log.position
      return
    }
    throw unknown(
      `The cursor ${text} is in no file of the log ${this.#log}: its file was deleted, or it is a cursor of another log. Read from 'beginning' to go on with the oldest file.`,
    )
  }

  async #beginAtEnd(): Promise<void> {
    for (;;) {
      const last = (await placesOf(this.#log, this.#addresses)).at(-1)
      if (!last) return
      const contents = await openListed(last.file)
      if (!contents) continue
      this.#current = this.#opened(last, contents)
      try {
        const { end, before } = await lastLineEnd(contents)
        if (contents instanceof PlainContents) contents.seek(end, before)
        this.#current = this.#opened(last, contents, before)
      } catch (error) {
        if (!isDamaged(error)) throw error
        // None of its records is wanted.
        this.#current.isDamaged = true
      }
      return
    }
  }

  #opened(place: FileOfLog, contents: Contents, before?: Buffer): OpenedFile {
    return new OpenedFile(place, contents, { ...(before && { before }), finds: this.#options.finds })
  }

  /** Reads a file to its end. @returns whether it is finished */
  async *#read(file: OpenedFile): AsyncGenerator<Portion, boolean, void> {
    // Before it is read: what another program does to it afterwards is not of these bytes.
    file.addressIn(this.#addresses)
    yield* this.#readOn(file)
    if (this.#isAborted || !(await this.#isFinished(file))) return false
    yield* this.#readOn(file)
    for (const rest of file.finish()) yield file.portion(rest, this.#addresses)
    return true
  }

  async *#readOn(file: OpenedFile): AsyncGenerator<Portion, void, void> {
    while (!this.#isAborted) {
      const portions = await this.#next(file)
      if (!portions) return
      for (const cut of portions) yield file.portion(cut, this.#addresses)
    }
  }

  async #next(file: OpenedFile): Promise<readonly CutPortion[] | undefined> {
    if (file.isDamaged) return undefined
    try {
      return await file.next()
    } catch (error) {
      if (error instanceof CutError) return this.#beginAgain(file)
      if (!isDamaged(error)) throw error
      file.isDamaged = true
      this.#gap(
        `${file.path} is damaged: after ${file.cutter.offset} bytes of records it can't be decompressed. Its other records are missing; reading goes on with the next file.`,
      )
      return undefined
    }
  }

  /** Another program has cut the file, as logrotate's copytruncate does. */
  async #beginAgain(file: OpenedFile): Promise<readonly CutPortion[] | undefined> {
    const { offset } = file.cutter
    file.restart()
    this.#gap(
      `Another program cut ${file.path}, which was read up to ${offset} bytes. Records that were cut off before they were read are missing; reading goes on at its beginning.`,
    )
    return this.#next(file)
  }

  async #isFinished(file: OpenedFile): Promise<boolean> {
    if (file.contents.compression !== undefined) return true
    const live = await describeLiveFile(this.#log)
    if (live?.identity === file.contents.identity) return false
    if (!this.#options.follow || this.#listed.some(({ file: { size } }) => size > 0)) return true
    // While the next file has no content, the listener may still append to the one that was moved away.
    const { places } = await placesAfter(this.#log, file, this.#addresses)
    return places.some(({ file: { size } }) => size > 0)
  }

  /** Opens the file after the current one. @returns whether there is one */
  async #moveOn(current: OpenedFile | undefined): Promise<boolean> {
    for (;;) {
      const { places, number } = await this.#placesAfter(current)
      const at = places.findIndex((place) => this.#wants(place))
      const next = places[at]
      if (!next) return false
      const opened = await this.#ahead.open(next)
      // The last one is left out: others come before it when it is rotated meanwhile.
      this.#listed = opened ? places.slice(at + 1, -1) : []
      // The name leads to another file by now: it was rotated or compressed meanwhile.
      if (!opened) continue
      this.#ahead.prepare(this.#listed.filter((place) => this.#wants(place)))
      this.#current = opened
      await current?.close()
      if (places[0]) this.#reportMissing(current, places[0], number)
      return true
    }
  }

  #wants({ file: { path, modified }, address, next }: FileOfLog): boolean {
    return path === this.#log || this.#options.wants({ path, modified, content: address?.file.content, next })
  }

  async #placesAfter(
    current: OpenedFile | undefined,
  ): Promise<{ readonly places: readonly FileOfLog[]; readonly number: number | undefined }> {
    if (this.#listed.some((place) => this.#wants(place))) return { places: this.#listed, number: current?.number }
    if (current) return placesAfter(this.#log, current, this.#addresses)
    const places = await placesOf(this.#log, this.#addresses)
    // What the ledger does not have is older, but for a live file that it does not have yet.
    const isAhead = ({ file, address }: FileOfLog): boolean =>
      address ? address.file.base >= this.#from : file.path === this.#log
    return { places: this.#from === 0 ? places : places.filter(isAhead), number: undefined }
  }

  /** Says what lies between a file that was read and the next one. */
  #reportMissing(current: OpenedFile | undefined, next: FileOfLog, number: number | undefined): void {
    const end = current ? this.#endOf(current) : this.#from
    if (end !== undefined && next.address) {
      const isNext = current?.addressIn(this.#addresses)?.file.file === next.address.file.file - 1
      const missing = missingBytes(this.#log, end, next.address.file, this.#addresses, isNext)
      if (missing !== undefined && end > 0) this.#gap(missing)
      return
    }
    const found = next.file.number
    if (number === undefined || found === undefined || found <= number + 1) return
    this.#gap(
      `Rotated files of ${this.#log} are missing: number ${number + 1} to ${found - 1}. They were deleted before they were read; reading goes on with number ${found}.`,
    )
  }

  #endOf(file: OpenedFile): number | undefined {
    const address = file.addressIn(this.#addresses)
    if (!address || !this.#addresses.knows(address)) return undefined
    return address.file.base + Math.min(file.cutter.offset, address.length)
  }

  #gap(message: string): void {
    this.#options.onGap(new FunnelError('FUNNEL_LOG_GAP', message))
  }

  /** Waits until the log may have grown. @returns whether reading goes on */
  async #wait(): Promise<boolean> {
    const { follow, checkEvery, signal } = this.#options
    if (!follow) return false
    try {
      await delay(checkEvery, undefined, signal ? { signal } : {})
      return true
    } catch {
      return false
    }
  }
}

function unknown(message: string): FunnelError {
  return new FunnelError('FUNNEL_POSITION_UNKNOWN', message)
}

/** Which file comes after which, and which one holds a position. */
import { isDamaged, isGone, openContents, sizeInTrailer, type Contents } from '../files/contents.ts'
import { describeLiveFile, listRotatedFiles, type ListedFile } from '../files/list-files.ts'
import { PROOF_BYTES, proofOf } from '@pino-funnel/ledger'
import type { Address, Addresses, FileOfLog } from './addresses.ts'
import type { Cursor } from './cursor.ts'
import type { OpenedFile } from './opened-file.ts'

const NEWLINE = 0x0a

/** All files of the log, from the oldest to the live one: in the order of the ledger, after those that it does not have. */
export async function placesOf(log: string, addresses: Addresses): Promise<FileOfLog[]> {
  const places: Omit<FileOfLog, 'next'>[] = []
  const noted = addresses.ledger?.last?.file ?? 0
  for (const place of await placesByNumber(log, addresses.channel)) {
    const address = addresses.of(place.file) ?? (await addressByContent(place.file, addresses))
    places.push({ ...place, address, noted })
  }
  const rank = ({ file: { path }, address }: Omit<FileOfLog, 'next'>): number =>
    address?.file.file ?? (path === log ? Infinity : 0)
  const sorted = places.toSorted((one, other) => (rank(one) === rank(other) ? 0 : rank(one) - rank(other)))
  return sorted.map((place, index) => ({ ...place, next: sorted[index + 1]?.address?.file.content }))
}

/** For a file that another program has renamed and compressed: neither its name nor its inode says which one it was. */
async function addressByContent(file: ListedFile, addresses: Addresses): Promise<Address | undefined> {
  if (file.compression === undefined) return undefined
  const candidates = addresses.candidatesFor(file)
  if (candidates.length === 0) return undefined
  const size = file.compression === 'gzip' ? await sizeInTrailer(file) : undefined
  for (const { file: number, base, end, length, proof } of candidates) {
    const isSize = size === undefined || size === (end - base) % 2 ** 32
    if (isSize && proof !== undefined && (await holds(file, length, proof))) return addresses.found(file, number)
  }
  addresses.found(file, undefined)
  return undefined
}

async function placesByNumber(log: string, channel: string): Promise<Pick<FileOfLog, 'file' | 'after'>[]> {
  const live = await describeLiveFile(log)
  const rotated = await listRotatedFiles(log, channel)
  // It was rotated meanwhile: it is in the list under its new name.
  const isListed = rotated.some(({ identity }) => identity === live?.identity)
  let after = 0
  return [...rotated, ...(live && !isListed ? [live] : [])].map((file) => {
    const place = { file, after: file.number === undefined ? after : Math.max(after, file.number - 1) }
    after = Math.max(after, file.number ?? 0)
    return place
  })
}

/** The places after a file that was read, and the number it has by now. */
export async function placesAfter(
  log: string,
  current: OpenedFile,
  addresses: Addresses,
): Promise<{ readonly places: readonly FileOfLog[]; readonly number: number | undefined }> {
  const places = await placesOf(log, addresses)
  // The numbers of two ledgers say nothing of each other: the channel may have been deleted meanwhile.
  const address = current.addressIn(addresses)
  if (address && addresses.knows(address))
    return { places: places.filter((place) => isAfter(place, address, log)), number: undefined }
  const at = await indexOf(current, places)
  if (at !== -1) return { places: places.slice(at + 1), number: places[at]?.file.number }
  const younger = places.filter(({ file }) => file.path === log || isYounger(file, current))
  return { places: younger, number: current.number }
}

function isAfter({ file: { path }, address }: FileOfLog, { file }: Address, log: string): boolean {
  return address ? address.file.file > file.file : path === log
}

async function indexOf({ contents, number, after, cutter }: OpenedFile, places: readonly FileOfLog[]): Promise<number> {
  const same = places.findIndex(({ file }) => file.identity === contents.identity)
  if (same !== -1) return same
  if (number !== undefined) return places.findIndex(({ file }) => file.number === number)
  if (contents.compression !== undefined || cutter.offset === 0) return -1
  // It was compressed while it was open.
  const proof = proofOf(cutter.before)
  const compressed = places.filter(({ file }) => file.compression !== undefined)
  for (const place of byLikelihood(compressed, { after, log: undefined })) {
    if (await holds(place.file, cutter.offset, proof)) return places.indexOf(place)
  }
  return -1
}

/** For a file that was deleted, or that another program has compressed. */
function isYounger(file: ListedFile, { number, after, modified }: OpenedFile): boolean {
  if (number !== undefined && file.number !== undefined) return file.number > number
  return (file.number ?? 0) > after || file.modified > modified
}

/** The place that the ledger says, or with the next number, first; then from the youngest to the oldest. */
export function byLikelihood(places: readonly FileOfLog[], { after, log }: Pick<Cursor, 'after' | 'log'>): FileOfLog[] {
  const noted = log && places.find((place) => holdsEnd(place, log.position))
  const likely = noted ?? places.find(({ file }) => (file.number ?? Infinity) > after)
  const others = places.filter((place) => place !== likely).toReversed()
  return likely ? [likely, ...others] : others
}

/** Whether the byte before a position is in a file. */
export function holdsEnd({ address }: FileOfLog, position: number): boolean {
  return address !== undefined && address.file.base < position && position - address.file.base <= address.length
}

/** Whether a file has, just before an offset, the bytes of a proof. */
async function holds(file: ListedFile, offset: number, proof: string): Promise<boolean> {
  const opened = await openProven(file, offset, proof)
  if (opened === 'gone' || opened === undefined) return false
  await opened.contents.close()
  return true
}

/** A file of the list has another name by now, so that the list is old. */
export type Opened = OpenedAt | 'gone' | undefined

export interface OpenedAt {
  readonly contents: Contents
  readonly before: Buffer
}

/** Opens a file at an offset, if the bytes before it are those of a proof. */
export function openProven(file: ListedFile, offset: number, proof: string): Promise<Opened> {
  return openIf(file, offset, (before) => proofOf(before) === proof)
}

/** Opens a file at an offset, if a line begins there. */
export function openAt(file: ListedFile, offset: number): Promise<Opened> {
  return openIf(file, offset, (before) => offset === 0 || before.at(-1) === NEWLINE)
}

/** @param isRight - whether the bytes before the offset are right */
async function openIf(file: ListedFile, offset: number, isRight: (before: Buffer) => boolean): Promise<Opened> {
  const length = Math.min(PROOF_BYTES, offset)
  if (file.compression === undefined && file.size < offset) return undefined
  let contents: Contents | undefined
  try {
    contents = await openContents(file.path, file.compression, offset - length)
    const before = await contents.take(length)
    if (before.length < length || !isRight(before)) return undefined
    const opened = { contents, before }
    contents = undefined
    return opened
  } catch (error) {
    if (isGone(error)) return 'gone'
    if (isDamaged(error)) return undefined
    throw error
  } finally {
    await contents?.close()
  }
}

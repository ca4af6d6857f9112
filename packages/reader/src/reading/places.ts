/** Which file comes after which, and which one holds a position. */
import { isDamaged, isGone, openContents, type Contents } from '../files/contents.ts'
import { describeLiveFile, listRotatedFiles, type ListedFile } from '../files/list-files.ts'
import type { OpenedFile } from './opened-file.ts'
import { PROOF_BYTES } from './portion.ts'
import { proofOf } from './position.ts'

/** A file and the highest number of the files before it. */
export interface Place {
  readonly file: ListedFile
  readonly after: number
}

/** All files of the log, from the oldest to the live one. */
export async function placesOf(log: string): Promise<Place[]> {
  const live = await describeLiveFile(log)
  const rotated = await listRotatedFiles(log)
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
): Promise<{ readonly places: readonly Place[]; readonly number: number | undefined }> {
  const places = await placesOf(log)
  const at = await indexOf(current, places)
  if (at !== -1) return { places: places.slice(at + 1), number: places[at]?.file.number }
  const younger = places.filter(({ file }) => file.path === log || isYounger(file, current))
  return { places: younger, number: current.number }
}

async function indexOf({ contents, number, after, cutter }: OpenedFile, places: readonly Place[]): Promise<number> {
  const same = places.findIndex(({ file }) => file.identity === contents.identity)
  if (same !== -1) return same
  if (number !== undefined) return places.findIndex(({ file }) => file.number === number)
  if (contents.compression !== undefined || cutter.offset === 0) return -1
  // It was compressed while it was open.
  const proof = proofOf(cutter.before)
  const compressed = places.filter(({ file }) => file.compression !== undefined)
  for (const place of byLikelihood(compressed, after)) {
    if (await holds(place.file, cutter.offset, proof)) return places.indexOf(place)
  }
  return -1
}

/** For a file that was deleted, or that another program has compressed. */
function isYounger(file: ListedFile, { number, after, modified }: OpenedFile): boolean {
  if (number !== undefined && file.number !== undefined) return file.number > number
  return (file.number ?? 0) > after || file.modified > modified
}

/** The place with the next number first, then from the youngest to the oldest. */
export function byLikelihood(places: readonly Place[], after: number): Place[] {
  const likely = places.find(({ file }) => (file.number ?? Infinity) > after)
  const others = places.filter((place) => place !== likely).toReversed()
  return likely ? [likely, ...others] : others
}

/** Whether a file has, just before an offset, the bytes of a proof. */
async function holds(file: ListedFile, offset: number, proof: string): Promise<boolean> {
  const opened = await openProven(file, offset, proof)
  await opened?.contents.close()
  return opened !== undefined
}

/** Opens a file at an offset, if the bytes before it are those of a proof. */
export async function openProven(
  file: ListedFile,
  offset: number,
  proof: string,
): Promise<{ readonly contents: Contents; readonly before: Buffer } | undefined> {
  const length = Math.min(PROOF_BYTES, offset)
  if (file.compression === undefined && file.size < offset) return undefined
  let contents: Contents | undefined
  try {
    contents = await openContents(file.path, file.compression, offset - length)
    const before = await contents.take(length)
    if (before.length < length || proofOf(before) !== proof) return undefined
    const proven = { contents, before }
    contents = undefined
    return proven
  } catch (error) {
    if (isGone(error) || isDamaged(error)) return undefined
    throw error
  } finally {
    await contents?.close()
  }
}

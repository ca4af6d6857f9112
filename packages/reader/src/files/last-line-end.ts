import { PlainContents, type Contents } from './contents.ts'
import { PROOF_BYTES } from '@pino-funnel/ledger'

const NEWLINE = 0x0a
const BLOCK_BYTES = 64 * 1024

/** Where the last whole line of a file ends, and the bytes before it. A compressed file ends with a whole line. */
export async function lastLineEnd(contents: Contents): Promise<{ readonly end: number; readonly before: Buffer }> {
  if (!(contents instanceof PlainContents)) return endOfAll(contents)
  let end = await contents.size()
  while (end > 0) {
    const from = Math.max(0, end - BLOCK_BYTES)
    const newline = (await contents.at(from, end - from)).lastIndexOf(NEWLINE)
    if (newline !== -1) {
      end = from + newline + 1
      break
    }
    end = from
  }
  const length = Math.min(PROOF_BYTES, end)
  return { end, before: await contents.at(end - length, length) }
}

async function endOfAll(contents: Contents): Promise<{ readonly end: number; readonly before: Buffer }> {
  let before = Buffer.alloc(0)
  for (let bytes = await contents.next(); bytes; bytes = await contents.next()) {
    before = Buffer.concat([before, bytes]).subarray(-PROOF_BYTES)
  }
  return { end: contents.offset, before: Buffer.from(before) }
}

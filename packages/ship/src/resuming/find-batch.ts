import { FunnelError } from '@pino-funnel/channel'
import type { Batch } from '../engine/engine.ts'
import type { LogSource } from '../source/log-source.ts'
import type { DecisionCommand } from '../state/decision.ts'

const NEWLINE = 0x0a

/**
 * Where a batch ends in a log. The whole batch is compared: one line alone is often there many times.
 *
 * @param batch - of a log that may have had another id, and other positions
 * @throws FunnelError `FUNNEL_SHIP_OTHER_LOG` when the log does not have it, or has it twice
 */
export async function endAfter(
  source: LogSource,
  batch: Batch,
  signal: AbortSignal,
  commandFor: DecisionCommand,
): Promise<number> {
  const lines = placedLines(batch)
  const span = batch.to - batch.from
  const found = new Set<number>()
  let from = 0
  let bytes: Buffer = Buffer.alloc(0)
  for await (const portion of source.read(undefined, signal, { follow: false })) {
    const continues = portion.from === from + bytes.length
    bytes = continues ? Buffer.concat([bytes, portion.bytes]) : portion.bytes
    if (!continues) from = portion.from
    for (const at of placesOf(bytes, lines, span)) found.add(from + at + span)
    // What comes next may go on with what is here.
    const kept = Math.max(0, bytes.length - span - 1)
    from += kept
    bytes = bytes.subarray(kept)
  }
  const [end, second] = found
  if (end !== undefined && second === undefined) return end
  const reason =
    end === undefined
      ? 'The log does not have the batch that is stored last, or a transform has changed it'
      : `The log has the batch that is stored last at several places, such as before ${end} and before ${second}`
  throw new FunnelError(
    'FUNNEL_SHIP_OTHER_LOG',
    `${reason}, so it can't go on after it. To ship all that the files have after what is there, run '${commandFor('begin')}'. The batch begins with: ${batch.bytes.toString('utf8', 0, 80)}`,
  )
}

interface PlacedLine {
  /** From the beginning of the batch on. */
  readonly at: number
  readonly bytes: Buffer
}

/** Lines that were left out on the way leave gaps. */
function placedLines({ bytes, offsets }: Batch): readonly PlacedLine[] {
  if (!offsets) return [{ at: 0, bytes }]
  const lines: PlacedLine[] = []
  let begin = 0
  for (const at of offsets) {
    const end = bytes.indexOf(NEWLINE, begin) + 1 || bytes.length
    lines.push({ at, bytes: bytes.subarray(begin, end) })
    begin = end
  }
  return lines
}

/** Where a line begins in `bytes`, and all lines of the batch are in their places. */
function* placesOf(bytes: Buffer, lines: readonly PlacedLine[], span: number): Generator<number, void, void> {
  const [first] = lines
  if (!first) return
  for (let at = bytes.indexOf(first.bytes); at !== -1; at = bytes.indexOf(first.bytes, at + 1)) {
    const begin = at - first.at
    const isBegin = begin === 0 || bytes[begin - 1] === NEWLINE
    const isWhole = begin >= 0 && begin + span <= bytes.length
    if (isBegin && isWhole && lines.every((line) => isAt(bytes, begin + line.at, line.bytes))) yield begin
  }
}

function isAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  return bytes.subarray(at, at + wanted.length).equals(wanted)
}

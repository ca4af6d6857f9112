import type { Lane } from '../timeline/timeline.ts'

/** Those with trouble, then those with most records; in the order of their names. */
export function shownLanes(lanes: readonly Lane[], most: number): readonly Lane[] {
  if (lanes.length <= most) return lanes
  const wanted = new Set(
    lanes.toSorted((one, other) => weight(other) - weight(one) || other.records - one.records).slice(0, most),
  )
  return lanes.filter((lane) => wanted.has(lane))
}

/** The highest of all counts, and at least 1. There are too many to spread them into arguments. */
export function highestCount(counts: Iterable<readonly number[]>): number {
  let highest = 1
  for (const each of counts) for (const count of each) highest = Math.max(highest, count)
  return highest
}

function weight({ marks, spans }: Lane): number {
  return spans.length > 0 || marks.some(({ kind }) => kind === 'died' || kind === 'dropped') ? 1 : 0
}

import type { Findings } from './trial.ts'

/** One place where a campaign makes something go wrong. */
export interface Point {
  /** Names the place so that it can be found again. */
  readonly name: string
  /** Runs a trial of it. */
  run(): Promise<Findings>
}

/** Points of one kind. */
export interface Scenario {
  readonly name: string
  /**
   * Finds the places.
   *
   * @param atMost - the largest number of places, spread evenly
   */
  points(atMost: number): Promise<Point[]>
}

/** Takes at most `atMost` items of a list: the first, the last, and others at even distances. */
export function spread<T>(items: readonly T[], atMost: number): T[] {
  if (items.length <= atMost) return [...items]
  const step = (items.length - 1) / Math.max(1, atMost - 1)
  return items.filter((_item, index) => Math.round(Math.round(index / step) * step) === index)
}

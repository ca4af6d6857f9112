import type { Findings } from './trial.ts'

/** One place where something is made to go wrong. */
export interface Point {
  /** Names the place so that it can be found again. */
  readonly name: string
  /** Makes a trial of it, in `origin`'s likeness if it has one. */
  run(): Promise<Findings>
}

/** One kind of points. */
export interface Scenario {
  readonly name: string
  /**
   * Finds the places.
   *
   * @param atMost - so many of them, spread evenly
   */
  points(atMost: number): Promise<Point[]>
}

/** Takes so many of a list, the first and the last among them, the others at even distances. */
export function spread<T>(items: readonly T[], atMost: number): T[] {
  if (items.length <= atMost) return [...items]
  const step = (items.length - 1) / Math.max(1, atMost - 1)
  return items.filter((_item, index) => Math.round(Math.round(index / step) * step) === index)
}

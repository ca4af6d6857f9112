import { readFileSync } from 'node:fs'

/** The numbers of the records in a log file, as they come; `undefined` for one that has none. */
export function numbersIn(file: string): unknown[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => (JSON.parse(line) as { n?: unknown }).n)
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

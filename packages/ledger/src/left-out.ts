import { endOf, type Ledger } from './ledger.ts'

/** Positions that no byte gets, where the end of a file is not known: more than it can have grown since its length was noted. */
export const LEFT_OUT_BYTES: number = 4 * 1024 ** 3

/** How many of the positions between two were left out: no byte has them. */
export function leftOutBetween({ files }: Pick<Ledger, 'files'>, from: number, to: number): number {
  return files.reduce((sum, { file, base }, index) => {
    const before = files[index - 1]
    const isLeftOut = before !== undefined && file === before.file + 1 && base - endOf(before) >= LEFT_OUT_BYTES
    return isLeftOut ? sum + Math.max(0, Math.min(to, base) - Math.max(from, base - LEFT_OUT_BYTES)) : sum
  }, 0)
}

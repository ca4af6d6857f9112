import { expect, test } from 'vitest'
import { LEFT_OUT_BYTES, leftOutBetween } from './left-out.ts'
import { Ledger } from './ledger.ts'
import type { LedgerEntry } from './ledger-entry.ts'

function begin(file: number, base: number): LedgerEntry {
  return { type: 'file', file, base, identity: '' }
}

test('positions should count as left out before a file whose predecessor has an unknown end', () => {
  const length: LedgerEntry = { type: 'length', file: 1, length: 100, closed: true, name: 'app.1.log' }
  const ledger = new Ledger([begin(1, 0), length, begin(2, 100), begin(3, 100 + LEFT_OUT_BYTES)])

  expect(leftOutBetween(ledger, 50, 200 + LEFT_OUT_BYTES)).toBe(LEFT_OUT_BYTES)
  expect(leftOutBetween(ledger, 0, 100)).toBe(0)
})

test('positions should not count as left out where entries of files are missing', () => {
  const ledger = new Ledger([begin(1, 0), begin(5, 2 * LEFT_OUT_BYTES)])

  expect(leftOutBetween(ledger, 0, 2 * LEFT_OUT_BYTES)).toBe(0)
})

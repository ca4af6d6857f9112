import { expect, test } from 'vitest'
import { LEFT_OUT_BYTES, Ledger, leftOutBetween } from './ledger.ts'
import type { LedgerEntry } from './ledger-entry.ts'

test('a file should count as closed when it has got its name', () => {
  const ledger = new Ledger([
    { type: 'file', file: 1, base: 0, identity: '' },
    { type: 'length', file: 1, length: 100, name: 'app.1.log' },
  ])

  expect(ledger.last?.isClosed).toBe(true)
})

test('a ledger should keep the ids of the last forks when it is shortened', () => {
  const id = (number: number): string => String(number).padStart(32, '0')
  const ledger = new Ledger(
    Array.from({ length: 300 }, (_, number) => {
      return { type: 'log', id: id(number), machine: '', path: '', directory: '', at: number * 10 }
    }),
  )

  const shortened = new Ledger(ledger.entries(() => false))

  expect(shortened.id).toBe(id(299))
  expect([199, 200, 298, 299].map((number) => shortened.has(id(number), number * 10))).toEqual([
    false,
    true,
    true,
    true,
  ])
})

test('a ledger should keep the id that a hold names, however old it is, and no position beyond its fork', () => {
  const id = (number: number): string => String(number).padStart(32, '0')
  const ledger = new Ledger(
    Array.from({ length: 300 }, (_, number) => {
      return { type: 'log', id: id(number), machine: '', path: '', directory: '', at: number * 10 }
    }),
  )

  const shortened = new Ledger(
    ledger.entries(
      () => false,
      (held) => held === id(5),
    ),
  )
  const again = new Ledger(
    shortened.entries(
      () => false,
      (held) => held === id(5),
    ),
  )

  for (const { has, id: last } of [
    { has: (position: number) => shortened.has(id(5), position), id: shortened.id },
    { has: (position: number) => again.has(id(5), position), id: again.id },
  ]) {
    expect([has(60), has(61), last]).toEqual([true, false, id(299)])
  }
  expect(again.has(id(4), 40)).toBe(false)
})

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

import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FollowedLedger } from './followed-ledger.ts'
import { encodeEntry, type LedgerEntry } from './ledger-entry.ts'

const LOG: LedgerEntry = { type: 'log', id: 'a'.repeat(32), machine: '', path: '', directory: '', at: 0 }

function file(number: number): LedgerEntry {
  return { type: 'file', file: number, base: number * 100, identity: `${number}:0` }
}

function makeLedger(): {
  readonly path: string
  readonly followed: FollowedLedger
  readonly bases: () => number[] | undefined
} {
  const channel = mkdtempSync(join(tmpdir(), 'pino-funnel-ledger-'))
  onTestFinished(() => rmSync(channel, { recursive: true, force: true }))
  mkdirSync(join(channel, 'ledger'))
  const followed = new FollowedLedger(channel, 'app.log')
  return {
    path: join(channel, 'ledger', 'app.log'),
    followed,
    bases: () => followed.current?.files.map(({ base }) => base),
  }
}

test('should have each entry when it is whole, and forget none', () => {
  const { path, bases, followed } = makeLedger()
  expect(bases()).toBe(undefined)
  writeFileSync(path, encodeEntry(LOG))
  expect(bases()).toEqual([])
  const before = followed.current
  const second = encodeEntry(file(2))
  appendFileSync(path, Buffer.concat([encodeEntry(file(1)), second.subarray(0, 20)]))
  expect(bases()).toEqual([100])
  appendFileSync(path, second.subarray(20))
  expect(bases()).toEqual([100, 200])
  expect(followed.current, 'what was read is not read again').toBe(before)
})

test('should be another one when it was replaced by a shorter or a longer one, or deleted', () => {
  const { path, bases } = makeLedger()
  writeFileSync(path, Buffer.concat([LOG, file(1), file(2)].map(encodeEntry)))
  expect(bases()).toEqual([100, 200])
  for (const files of [[2], [2, 3, 4, 5, 6]]) {
    writeFileSync(`${path}.new`, Buffer.concat([LOG, ...files.map(file)].map(encodeEntry)))
    renameSync(`${path}.new`, path)
    expect(bases()).toEqual(files.map((number) => number * 100))
  }
  rmSync(path)
  expect(bases()).toBe(undefined)
})

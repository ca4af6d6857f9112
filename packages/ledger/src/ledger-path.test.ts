import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { bytesFrom } from './ledger-path.ts'
import { LEFT_OUT_BYTES, Ledger } from './ledger.ts'

test('bytes that are still to be read should be counted without positions that were left out', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-ledger-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const live = join(directory, 'app.log')
  writeFileSync(live, 'x'.repeat(300))
  const ledger = new Ledger([
    { type: 'file', file: 1, base: 0, identity: '1' },
    { type: 'length', file: 1, length: 200 },
    { type: 'file', file: 2, base: 200 + LEFT_OUT_BYTES, identity: '1' },
  ])

  expect(bytesFrom(ledger, live, 150)).toBe(350)
  expect(bytesFrom(ledger, live, 500 + LEFT_OUT_BYTES)).toBe(0)
  expect(bytesFrom(ledger, live, 900 + LEFT_OUT_BYTES)).toBe(0)
})

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Checkpoint, SLOT_BYTES, type Progress } from './checkpoint.ts'

function testFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pino-funnel-checkpoint-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'checkpoint')
}

function progressAt(position: number): Progress {
  return { log: 'a'.repeat(32), position, refused: 0, lost: 0 }
}

/** What a shipper reads that is started now. */
function reopened(path: string): Progress | undefined {
  const checkpoint = new Checkpoint(path)
  checkpoint.close()
  return checkpoint.progress
}

test('should have no progress when the file is new, and be private', () => {
  const path = testFile()
  expect(reopened(path)).toBeUndefined()
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('should read what was written last when opened again', () => {
  const path = testFile()
  const checkpoint = new Checkpoint(path)
  for (const position of [10, 20, 30]) checkpoint.write(progressAt(position), position === 30)
  checkpoint.close()
  expect(reopened(path)).toEqual(progressAt(30))
})

test('should go on from the older slot when any byte of the newer one is damaged', () => {
  const path = testFile()
  const checkpoint = new Checkpoint(path)
  checkpoint.write(progressAt(10))
  checkpoint.write(progressAt(20))
  checkpoint.close()
  const intact = readFileSync(path)
  const length = intact.indexOf('\n')
  for (let at = 0; at <= length; at++) {
    const damaged = Buffer.from(intact)
    damaged[at] = 0
    writeFileSync(path, damaged)
    expect(reopened(path), `byte ${at} is damaged`).toEqual(progressAt(10))
  }
})

test('should have no progress when the file is cut or zeroed', () => {
  const path = testFile()
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(2 * SLOT_BYTES), Buffer.from('{"sequence":1')]) {
    writeFileSync(path, bytes)
    expect(reopened(path)).toBeUndefined()
  }
})

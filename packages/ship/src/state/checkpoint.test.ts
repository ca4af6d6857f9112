import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as FileSystem from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Checkpoint, readProgress, SLOT_BYTES, type Progress } from './checkpoint.ts'

/** Bytes that the disk still takes. */
let room = Infinity

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>()
  const writeSync = (descriptor: number, bytes: Buffer, offset: number, length: number, position: number): number => {
    const taken = Math.min(length, room)
    room -= taken
    return taken === 0 ? 0 : fs.writeSync(descriptor, bytes, offset, taken, position)
  }
  return { ...fs, writeSync }
})

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

test('should have its room on the disk before it is written', () => {
  const path = testFile()
  new Checkpoint(path).close()
  expect(statSync(path).size).toBe(2 * SLOT_BYTES)
})

test('should keep what was noted before, and note the next, when the disk took only a part of one', () => {
  onTestFinished(() => void (room = Infinity))
  const path = testFile()
  const checkpoint = new Checkpoint(path)
  checkpoint.write(progressAt(10))
  room = 20
  expect(() => checkpoint.write(progressAt(20))).toThrow(/took 20 of 4096 bytes/)
  expect(checkpoint.progress).toEqual(progressAt(10))
  expect(readProgress(path)).toEqual(progressAt(10))
  // Again the slot that is damaged, and not the only good one.
  expect(() => checkpoint.write(progressAt(20))).toThrow(/took 0 of 4096 bytes/)
  expect(readProgress(path)).toEqual(progressAt(10))
  room = Infinity
  checkpoint.write(progressAt(20))
  checkpoint.close()
  expect(readProgress(path)).toEqual(progressAt(20))
})

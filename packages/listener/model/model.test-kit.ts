import { afterAll, beforeAll, expect, vi } from 'vitest'
import type { Outcome } from './histories.test-kit.ts'

/** For a test file that runs listeners in the model: no time passes there but what the listener waits for. */
export function liveInTheModel(): void {
  beforeAll(() => {
    vi.useFakeTimers({
      toFake: ['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout', 'performance', 'Date'],
    })
  })
  afterAll(() => {
    vi.useRealTimers()
  })
}

/** Prints how much was examined, since a model that examines nothing finds nothing. */
export function expectEachRecordOnce(what: string, { histories, disks, steps, failures }: Outcome): void {
  process.stdout.write(`model: ${what}: ${histories} histories, ${disks} different disks, up to ${steps} steps a run\n`)
  expect(failures.join('\n'), 'each history lists what happened to one listener after the other').toBe('')
}

import { expect, onTestFinished, test, vi } from 'vitest'
import { Complaints } from './complaints.ts'

function complaints(): { complaints: Complaints; reports: string[] } {
  const reports: string[] = []
  return { complaints: new Complaints((message) => reports.push(message)), reports }
}

function fail(): void {
  throw new Error('EMFILE')
}

test('a complaint should be reported once, and again when the step has worked in between', () => {
  const { complaints: made, reports } = complaints()
  for (const step of [fail, fail, () => {}, fail]) made.attempt('it', step)
  expect(reports).toEqual(['it: Error: EMFILE', 'it: Error: EMFILE'])
})

test('a complaint should be reported again after an hour', () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0)
  onTestFinished(() => now.mockRestore())
  const { complaints: made, reports } = complaints()
  for (const hour of [0, 0.9, 1]) {
    now.mockReturnValue(hour * 3_600_000)
    made.about('it', 'EIO')
  }
  expect(reports).toHaveLength(2)
})

test('complaints about thousands of things should be reported a hundred times, and not each time', () => {
  const { complaints: made, reports } = complaints()
  for (let turn = 0; turn < 3; turn += 1) {
    for (let subject = 0; subject < 1000; subject += 1) made.about(`mailbox ${subject}`, 'EACCES')
  }
  expect(reports).toHaveLength(100)
})

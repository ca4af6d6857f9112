import { expect, test } from 'vitest'
import type { Diagnosis } from './diagnosis.ts'
import { diagnosisText } from './diagnosis-text.ts'

test('a diagnosis should let no name and no error control the terminal', () => {
  const evil = 'a\u001B[2J.js'
  const diagnosis = {
    channel: evil,
    listener: { pid: 1, epoch: 1, answers: true, state: 'sleeps', waitsIn: evil },
    workers: [
      {
        pid: 9145,
        threadId: 0,
        program: evil,
        file: evil,
        liveness: 'connected',
        waiting: 0,
        process: { state: 'sleeps', waitsIn: evil },
      },
    ],
    findings: [{ code: 'worker-busy', subject: evil, what: evil, cure: evil }],
    hints: [evil],
    lately: [{ at: 0, text: evil }],
  } as unknown as Diagnosis
  const text = diagnosisText(diagnosis, false)
  expect(text).not.toContain('\u001B')
  expect(text.split('\\u001b[2J').length).toBeGreaterThan(8)
})

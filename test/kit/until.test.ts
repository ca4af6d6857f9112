import { describe, expect, test } from 'vitest'
import { until } from './until.ts'

describe('until', () => {
  test('should return what the condition returned when it comes true', async () => {
    const answers = [undefined, false, 0, 'the listener']

    expect(await until(() => answers.shift(), 'a listener to be there')).toBe('the listener')
  })

  test('should ask again when the condition throws or rejects', async () => {
    const answers = [
      () => {
        throw new Error('ENOENT')
      },
      () => Promise.reject(new Error('ENOENT')),
      () => Promise.resolve('the log'),
    ]

    expect(await until(() => answers.shift()?.(), 'the log to be there')).toBe('the log')
  })

  test('should name the expectation, the last result and the evidence when the deadline is reached', async () => {
    const failed = until(() => false, 'worker 3 to be replaced', {
      deadline: 1,
      evidence: () => 'the directory /somewhere',
    })

    await expect(failed).rejects.toThrow(
      'Expected worker 3 to be replaced within 1 ms; when last asked, it gave false.\nEvidence: the directory /somewhere',
    )
  })

  test('should keep the error as the cause when the condition threw to the end', async () => {
    const cause = new Error('ENOENT')
    const failed = until(() => Promise.reject(cause), 'the log to be there', { deadline: 1 })

    await expect(failed).rejects.toMatchObject({ cause })
    await expect(failed).rejects.toThrow('when last asked, it threw Error: ENOENT.')
  })
})

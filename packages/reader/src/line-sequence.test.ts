import { describe, expect, test } from 'vitest'
import { LineSequence } from './line-sequence.ts'
import type { Portion } from './reading/portion.ts'

function portion(text: string): Portion {
  return { bytes: Buffer.from(text), offset: 0, before: Buffer.alloc(0), path: '', after: 0, address: undefined }
}

/** Ends with a failure, when one is given. */
class Portions {
  isClosed = false
  readonly #texts: readonly string[]
  readonly #failure: Error | undefined

  constructor(texts: readonly string[], failure?: Error) {
    this.#texts = texts
    this.#failure = failure
  }

  get lines(): LineSequence {
    return new LineSequence(this.#give())
  }

  async *#give(): AsyncGenerator<Portion, void, void> {
    try {
      for (const text of this.#texts) yield portion(text)
      if (this.#failure) throw this.#failure
    } finally {
      this.isClosed = true
    }
  }
}

describe('the lines of portions', () => {
  test('should come in their order, also when the next one is asked for before one is there', async () => {
    const { lines } = new Portions(['one\ntwo\n', 'three\n', 'four\nfive\n'])

    const results = await Promise.all(Array.from({ length: 7 }, () => lines.next()))

    expect(results.map(({ value }) => value?.text)).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
      undefined,
      undefined,
    ])
    expect(results.map(({ done }) => done)).toEqual([false, false, false, false, false, true, true])
  })

  test('should end with the loop over them, and close what they are read from', async () => {
    const portions = new Portions(['one\ntwo\n', 'three\n'])
    const { lines } = portions
    for await (const { text } of lines) {
      expect(text).toBe('one')
      break
    }

    expect(portions.isClosed).toBe(true)
    expect(await lines.next()).toEqual({ done: true, value: undefined })
  })

  test('should end with the failure of the portion after them, once', async () => {
    const { lines } = new Portions(['one\n'], new Error('EIO: i/o error, read'))
    const seen: string[] = []
    const reading = async (): Promise<void> => {
      for await (const { text } of lines) seen.push(text)
    }

    await expect(reading()).rejects.toThrow('EIO')
    expect(seen).toEqual(['one'])
    expect(await lines.next()).toEqual({ done: true, value: undefined })
  })
})

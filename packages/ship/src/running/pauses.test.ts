import { getEventListeners } from 'node:events'
import { setImmediate as turnOfTheLoop, setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { pacer, pause, Pauses } from './pauses.ts'

test('should leave no listener at the signal when a pause is over', async () => {
  const { signal } = new AbortController()
  for (let turn = 0; turn < 20; turn++) await pause(1, signal)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('should end a pause of the pacer when the signal aborts', async () => {
  const over = new AbortController()
  // At this pace the batch takes an hour.
  const paced = pacer(1024)?.(3600 * 1024, over.signal)
  over.abort()
  expect(await Promise.race([paced, delay(10_000, 'it still waits', { ref: false })])).toBeUndefined()
})

test.each([
  ['when it is woken', (pauses: Pauses) => pauses.wake()],
  ['of its own when it is in a hurry', (pauses: Pauses) => pauses.hurry()],
])('should end a pause %s', async (_, end) => {
  const pauses = new Pauses()
  const { signal } = new AbortController()
  const paused = pauses.pause(20, signal)
  end(pauses)
  expect(await Promise.race([paused, delay(10_000, 'it still waits', { ref: false })])).toBeUndefined()
})

test('should make short pauses in a hurry', async () => {
  const pauses = new Pauses()
  pauses.hurry()
  const paused = pauses.pause(20, new AbortController().signal)
  expect(await Promise.race([paused, delay(10_000, 'it still waits', { ref: false })])).toBeUndefined()
})

test('should leave the engine alone for as long as it asks for, also in a hurry', async () => {
  const pauses = new Pauses()
  const over = new AbortController()
  let isOver = false
  const paused = pauses.pause(1, over.signal, 600_000).finally(() => (isOver = true))
  pauses.hurry()
  // A pause that was aborted is over by then.
  await turnOfTheLoop()
  expect(isOver).toBe(false)
  over.abort()
  await paused
})

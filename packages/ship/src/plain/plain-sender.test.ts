import { expect, test } from 'vitest'
import { ConflictError, LaterError, RefusedError, type Engine } from '../engine/engine.ts'
import { FakeEngine } from '../shipping/fakes.test-kit.ts'
import type { PlainSettings } from './plain-options.ts'
import { PlainSender } from './plain-sender.ts'

interface Trial {
  readonly engine: FakeEngine
  readonly sender: PlainSender
  readonly warnings: string[]
}

/** @param store - what the engine does with a batch in place of storing it; it stores what this does not throw for */
function trial(store: (text: string) => void = () => {}, more: Partial<PlainSettings> = {}): Trial {
  const engine = new FakeEngine()
  const warnings: string[] = []
  const opened: Engine = {
    promise: engine.promise,
    maxBytes: engine.maxBytes,
    warnings: [],
    last: () => engine.last(),
    hasLost: () => engine.hasLost(),
    close: () => engine.close(),
    store: async (batch, after) => {
      store(batch.bytes.toString())
      return engine.storeOf('plain')(batch, after)
    },
  }
  const settings: PlainSettings = {
    to: 'test',
    log: 'pino',
    engine: { open: async () => opened, placeOf: () => ({ name: '', servers: [] }) },
    batching: { size: 1024, wait: 0 },
    buffer: 1024,
    closeWait: 20_000,
    ...more,
  }
  return { engine, sender: new PlainSender(settings, (message) => warnings.push(message)), warnings }
}

/** Throws once. */
function once(error: Error): () => void {
  let left: Error | undefined = error
  return () => {
    const thrown = left
    left = undefined
    if (thrown) throw thrown
  }
}

test('should send what waits when it is closed', async () => {
  const { engine, sender, warnings } = trial()
  sender.add('one')
  sender.add('two')
  await sender.close()
  expect(engine.text).toBe('one\ntwo\n')
  expect(warnings).toEqual([])
})

test.for([new ConflictError('Another process was faster'), new LaterError('Busy', 0)])(
  'should send a batch again when it is known that it was not stored: $name',
  async (error) => {
    const { engine, sender, warnings } = trial(once(error))
    sender.add('one')
    await sender.close()
    expect(engine.text).toBe('one\n')
    expect(warnings).toEqual([])
  },
)

test('should drop a batch, and say so, when it is not known whether it was stored', async () => {
  const { engine, sender, warnings } = trial(once(new Error('No answer in time')))
  sender.add('one')
  await sender.close()
  expect(engine.text).toBe('')
  expect(warnings).toEqual([
    'Records are not sent to test: Error: No answer in time',
    '1 records were not sent to test',
  ])
})

test('should send all others when a record is refused', async () => {
  const { engine, sender, warnings } = trial((text) => {
    if (text.includes('bad')) throw new RefusedError('It is bad')
  })
  for (const line of ['one', 'bad', 'two', 'three']) sender.add(line)
  await sender.close()
  expect(engine.text).toBe('one\ntwo\nthree\n')
  expect(warnings).toEqual(['Records are not sent to test: It is bad', '1 records were not sent to test'])
})

test('should take no more than its buffer has room for, and hold up no caller', async () => {
  const { engine, sender, warnings } = trial()
  for (let n = 0; n < 3; n++) sender.add('x'.repeat(499))
  await sender.close()
  expect(engine.text).toHaveLength(1000)
  expect(warnings).toEqual(['Records are not sent to test: 1024 bytes wait already', '1 records were not sent to test'])
})

test('should give up what waits, and end, when the engine can not be opened until it is closed', async () => {
  const open = (): never => {
    throw new Error('ECONNREFUSED')
  }
  const engine = { open: async () => open(), placeOf: () => ({ name: '', servers: [] }) }
  const { sender, warnings } = trial(() => {}, { closeWait: 0, engine })
  sender.add('one')
  await sender.close()
  expect(warnings).toEqual([
    "Can't send records to test: Error: ECONNREFUSED",
    'Records are not sent to test: the transport was closed',
    '1 records were not sent to test',
  ])
})

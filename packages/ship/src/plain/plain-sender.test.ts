import { expect, test } from 'vitest'
import { ConflictError, LaterError, RefusedError, type Engine, type RefusedRecords } from '../engine/engine.ts'
import { FakeEngine } from '../shipping/fakes.test-kit.ts'
import { parsePlainOptions, type PlainSettings } from './plain-options.ts'
import { PlainSender } from './plain-sender.ts'

interface Trial {
  readonly engine: FakeEngine
  readonly sender: PlainSender
  readonly warnings: string[]
}

/** @param store - what the engine does with a batch in place of storing it; it stores what this does not throw for */
function trial(
  store: (text: string) => void = () => {},
  more: Partial<PlainSettings> = {},
  refused: readonly RefusedRecords[] = [],
): Trial {
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
      return { ...(await engine.storeOf('plain')(batch, after)), refused }
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

test.for([new ConflictError('Another process was faster'), new LaterError('Busy', 0, true)])(
  'should send a batch again when it is known that it was not stored: $name',
  async (error) => {
    const { engine, sender } = trial(once(error))
    sender.add('one')
    await sender.close()
    expect(engine.text).toBe('one\n')
  },
)

test.for([new Error('No answer in time'), new LaterError('504', 0)])(
  'should drop a batch, and say so, when it is not known whether it was stored: $name',
  async (error) => {
    const { engine, sender, warnings } = trial(once(error))
    sender.add('one')
    await sender.close()
    expect(engine.text).toBe('')
    expect(warnings).toEqual([`Records are dropped: ${error.message} (to test)`, '1 records were not sent to test'])
  },
)

test('should send all others when a record is refused', async () => {
  const { engine, sender, warnings } = trial((text) => {
    if (text.includes('bad')) throw new RefusedError('It is bad')
  })
  for (const line of ['one', 'bad', 'two', 'three']) sender.add(line)
  await sender.close()
  expect(engine.text).toBe('one\ntwo\nthree\n')
  expect(warnings).toEqual(['Records are dropped: It is bad (to test)', '1 records were not sent to test'])
})

test('should count the records that the engine refused of a batch that it has stored', async () => {
  const batch = { from: 0, to: 4, bytes: Buffer.from('one\n'), records: 1 }
  const { sender, warnings } = trial(() => {}, {}, [{ batch, records: 1, reason: 'mapping' }])
  sender.add('one')
  sender.add('two')
  await sender.close()
  expect(warnings).toEqual(['Records are dropped: mapping (to test)', '1 records were not sent to test'])
})

test('should report each trouble once, when something was sent in between', async () => {
  let isBad = true
  const { sender, warnings, engine } = trial((text) => {
    if (isBad && text !== 'good\n') throw new RefusedError('It is bad')
  })
  for (const line of ['1', '2', 'good']) sender.add(line)
  await expect.poll(() => engine.text).toBe('good\n')
  for (const line of ['3', '4']) sender.add(line)
  await sender.close()
  isBad = false
  expect(engine.text).toBe('good\n')
  expect(warnings.filter((warning) => warning.startsWith('Records are dropped'))).toHaveLength(2)
})

test('should report an overload once while it lasts, although batches are sent', async () => {
  const line = 'x'.repeat(399)
  let batches = 0
  // While each of five batches is sent, there is room for one line of two.
  const sendsMore = (): void => {
    batches += 1
    if (batches <= 5) for (const each of [line, line]) overloaded.sender.add(each)
  }
  const overloaded = trial(sendsMore, { batching: { size: 450, wait: 0 } })
  overloaded.sender.add(line)
  await expect.poll(() => batches).toBe(6)
  await overloaded.sender.close()
  expect(overloaded.warnings).toEqual([
    'Records are dropped: 1024 bytes wait already (to test)',
    '5 records were not sent to test',
  ])
})

test('should take no more than its buffer has room for, also of what is on its way, and hold up no caller', async () => {
  const { engine, sender, warnings } = trial()
  for (let n = 0; n < 3; n++) sender.add('x'.repeat(399))
  await sender.close()
  expect(engine.text).toHaveLength(800)
  expect(warnings).toEqual([
    'Records are dropped: 1024 bytes wait already (to test)',
    '1 records were not sent to test',
  ])
})

test('should give up what waits, and end, when the engine can not be opened until it is closed', async () => {
  const open = (): never => {
    throw new Error('ECONNREFUSED')
  }
  const engine = { open: async () => open(), placeOf: () => ({ name: '', servers: [] }) }
  const { sender, warnings } = trial(() => {}, { closeWait: 0, engine })
  sender.add('one')
  await sender.close()
  expect(warnings.at(-1)).toBe('1 records were not sent to test')
})

test('should end in time, and count what is on its way, when the engine never answers', async () => {
  const never = new Promise<never>(() => {})
  const engine = { open: () => never, placeOf: () => ({ name: '', servers: [] }) }
  const { sender, warnings } = trial(() => {}, { closeWait: 0, engine })
  sender.add('one')
  sender.add('two')
  await sender.close()
  expect(warnings).toEqual([
    'Records are dropped: the transport was closed (to test)',
    '2 records were not sent to test',
  ])
})

test('should refuse a name without a value, and say which option is wrong', () => {
  const options = { subject: 'logs.{service}.{log}' }
  expect(() => parsePlainOptions({ to: 'nats', options })).toThrow(/'options.names' lacks a value: .*\{service\}/)
  expect(() => parsePlainOptions({ to: 'pigeon' })).toThrow(/Option 'options.to' must name an engine/)
  expect(() => parsePlainOptions({ to: 'kafka', options: { brokers: 1 } })).toThrow(/'options.options.brokers'/)
})

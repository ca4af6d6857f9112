import { expect, test } from 'vitest'
import { ConflictError, RefusedError } from '../../engine/engine.ts'
import { commitTogether } from './kafka-transaction.ts'

interface Calls {
  readonly calls: string[]
  run(this: void): Promise<string>
}

/** A transaction of the client whose calls fail as given. */
function trial(failures: Readonly<Partial<Record<'send' | 'sendOffsets' | 'commit' | 'abort', Error>>>): Calls {
  const calls: string[] = []
  const call = async (name: keyof typeof failures): Promise<void> => {
    calls.push(name)
    const failure = failures[name]
    if (failure) throw failure
  }
  const transaction = {
    send: async () => {
      await call('send')
      return [{ topicName: 'logs', partition: 3, errorCode: 0, baseOffset: '17' }]
    },
    sendOffsets: () => call('sendOffsets'),
    commit: () => call('commit'),
    abort: () => call('abort'),
  }
  const place = { group: 'g', log: 'a', to: 10 }
  return { calls, run: () => commitTogether(transaction, 'logs', { value: 'x' }, place) }
}

/** As the client wraps what a broker answers. */
function answer(type: string): Error {
  return new Error('Retries exceeded', { cause: Object.assign(new Error(type), { type }) })
}

test('should commit the message and the position, and give the place of the message', async () => {
  const { calls, run } = trial({})
  expect(await run()).toBe('3:17')
  expect(calls).toEqual(['send', 'sendOffsets', 'commit'])
})

test('should abort, so that the next transaction can begin, when the broker refuses the message', async () => {
  const { calls, run } = trial({ send: answer('MESSAGE_TOO_LARGE') })
  await expect(run()).rejects.toThrow(RefusedError)
  expect(calls).toEqual(['send', 'abort'])
})

test('should not be a refusal when it can not be aborted', async () => {
  const { run } = trial({ send: answer('MESSAGE_TOO_LARGE'), abort: new Error('The connection has ended') })
  await expect(run()).rejects.toThrow('The connection has ended')
})

test('should be a conflict when another shipper has fenced this one', async () => {
  const { run } = trial({ sendOffsets: answer('INVALID_PRODUCER_EPOCH') })
  await expect(run()).rejects.toThrow(ConflictError)
})

test('should name the cure when the topic does not exist or the rights are missing', async () => {
  await expect(trial({ send: answer('UNKNOWN_TOPIC_OR_PARTITION') }).run()).rejects.toThrow(/Create the topic/)
  await expect(trial({ send: answer('TOPIC_AUTHORIZATION_FAILED') }).run()).rejects.toThrow(
    /Give the shipper the rights/,
  )
})

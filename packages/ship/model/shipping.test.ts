import { expect, test } from 'vitest'
import { Choices } from './choices.test-kit.ts'
import { LINES } from './log.test-kit.ts'
import { World, type Bug, type Faults } from './world.test-kit.ts'

const LOG = LINES.join('')

interface Verdict {
  readonly histories: number
  /** The first history whose end is not the log. */
  readonly failure?: string
}

async function explore(faults: Faults, bug?: Bug): Promise<Verdict> {
  const choices = new Choices()
  let histories = 0
  do {
    histories += 1
    const { text, missing, lost } = await new World(choices, faults, bug).run()
    const where = `choices ${choices.script}: `
    if (text !== LOG) return { histories, failure: `${where}the engine holds ${JSON.stringify(text)}` }
    if (missing !== lost)
      return { histories, failure: `${where}${missing} bytes are missing, and ${lost} noted as lost` }
    if (missing > 0 && !mayLose(faults)) return { histories, failure: `${where}${missing} bytes were lost` }
  } while (choices.next())
  return { histories }
}

/** Only what a hold no longer spares, or what the engine has lost after it, can be lost. */
function mayLose({ losses = 0, forgets, recreations = 0 }: Faults): boolean {
  return losses + forgets + recreations > 0
}

test('should store the log exactly once in all histories of two crashes and one message that is lost, late or doubled', async () => {
  const { failure, histories } = await explore({ crashes: 2, messages: 1, forgets: 0 })
  expect(failure).toBeUndefined()
  expect(histories).toBeGreaterThan(1000)
})

test('should store the log exactly once in all histories of a crash and two messages that are lost, late, doubled or reordered', async () => {
  const { failure, histories } = await explore({ crashes: 1, messages: 2, forgets: 0 })
  expect(failure).toBeUndefined()
  expect(histories).toBeGreaterThan(1000)
})

test('should store the log exactly once when the engine forgets a batch that it has acknowledged, and the shipper crashes twice', async () => {
  const { failure } = await explore({ crashes: 2, messages: 0, forgets: 1 })
  expect(failure).toBeUndefined()
})

test('should not store anything again when the engine is purged, and the shipper crashes twice', async () => {
  const { failure } = await explore({ crashes: 2, messages: 0, forgets: 0, purges: 1 })
  expect(failure).toBeUndefined()
})

test('should store the log exactly once when the engine is deleted and made again, and another log has got its numbers', async () => {
  const { failure } = await explore({ crashes: 2, messages: 0, forgets: 0, recreations: 1, others: 3 })
  expect(failure).toBeUndefined()
})

test('should store the log exactly once when the engine forgets batches, and another log has got their numbers', async () => {
  const { failure } = await explore({ crashes: 1, messages: 0, forgets: 2, others: 2 })
  expect(failure).toBeUndefined()
})

test('should store the log exactly once, in all histories of two crashes and one message that is lost, late or doubled, when the engine fences', async () => {
  const { failure, histories } = await explore({ crashes: 2, messages: 1, forgets: 0, fences: true })
  expect(failure).toBeUndefined()
  expect(histories).toBeGreaterThan(1000)
})

test('should store the log exactly once, in all histories of a crash and two messages that are lost, late, doubled or reordered, when the engine fences', async () => {
  const { failure } = await explore({ crashes: 1, messages: 2, forgets: 0, fences: true })
  expect(failure).toBeUndefined()
})

test('should store all of the log in all histories of two crashes, and of a crash and a message, when retention deletes what the shipper has noted', async () => {
  const crashes = await explore({ crashes: 2, messages: 0, forgets: 0, deletions: 2 })
  expect(crashes.failure).toBeUndefined()
  const messages = await explore({ crashes: 1, messages: 1, forgets: 0, deletions: 1 })
  expect(messages.failure).toBeUndefined()
  expect(crashes.histories + messages.histories).toBeGreaterThan(1000)
})

test('should store all others, and report and note once what was deleted before it was stored, when the shipper crashes', async () => {
  const { failure, histories } = await explore({ crashes: 2, messages: 0, forgets: 0, deletions: 1, losses: 1 })
  expect(failure).toBeUndefined()
  expect(histories).toBeGreaterThan(1000)
})

test('should report and note once what an engine has forgotten and retention has deleted, when the shipper crashes', async () => {
  const { failure } = await explore({ crashes: 1, messages: 0, forgets: 1, deletions: 1 })
  expect(failure).toBeUndefined()
})

test('should find the bug when retention deletes what is not stored, or gaps are read over', async () => {
  const ahead = await explore({ crashes: 1, messages: 1, forgets: 0, deletions: 2 }, 'hold ahead of the ack')
  expect(ahead.failure).toMatch(/bytes were lost$/)
  const over = await explore({ crashes: 1, messages: 0, forgets: 0, losses: 1 }, 'reads over gaps')
  expect(over.failure).toMatch(/the engine holds/)
})

test('should find the bug when the engine does not fence', async () => {
  const { failure } = await explore({ crashes: 1, messages: 1, forgets: 0, fences: true }, 'no fence')
  expect(failure).toMatch(/the engine holds/)
})

test('should find the bug when only the last number says what is lost', async () => {
  const faults = { crashes: 1, messages: 0, forgets: 0, recreations: 1, others: 3 }
  const { failure } = await explore(faults, 'compares only the last number')
  expect(failure).toMatch(/the engine holds/)
})

test.each(['no compare', 'checkpoint ahead of the ack', 'ack before store', 'believes the checkpoint'] as const)(
  'should find the bug when the shipper or the engine has it: %s',
  async (bug) => {
    const { failure } = await explore({ crashes: 2, messages: 1, forgets: 0 }, bug)
    expect(failure).toMatch(/the engine holds/)
  },
)

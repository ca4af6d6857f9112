import type { Channel } from '@pino-funnel/channel'
import { describe, expect, test, vi } from 'vitest'
import { contend } from '../src/election/election.ts'
import { elect } from './contenders.test-kit.ts'

const bug = vi.hoisted(() => ({ isSeeded: false }))

vi.mock('node:fs', async (original) => {
  const { fsCalls } = await import('./contenders.test-kit.ts')
  return { ...(await original<object>()), ...fsCalls }
})

// Time plays no part: each order of the calls is tried anyway.
vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }))

vi.mock('@pino-funnel/channel', async (original) => {
  const kit = await import('./contenders.test-kit.ts')
  const proveLife = (directory: string, name: string): Promise<object> =>
    bug.isSeeded ? kit.trustTheList(directory, name) : kit.channelCalls.proveLife(directory, name)
  return { ...(await original<object>()), ...kit.channelCalls, proveLife }
})

const channel = { directory: '/c', root: '/c', tmp: '/c/tmp', epoch: '/c/epoch', isInPlace: () => true } as Channel
const patience = { timeout: 10 * 60_000 } as const

/** Contenders, and how many of them are killed. */
const sizes: [number, number][] = [
  [2, 2],
  [3, 0],
]
if (process.env['PINO_FUNNEL_MODEL_DEPTH'] !== undefined) sizes.push([3, 1])

function takePart(): ReturnType<typeof contend> {
  return contend(channel, () => {})
}

describe('the election', patience, () => {
  test.each(sizes)(
    'should have one live leader at most when %i contend in any order and %i are killed',
    async (count, kills) => {
      bug.isSeeded = false
      const { states, doubles, stuck } = await elect(takePart, count, kills)
      process.stdout.write(`model: election of ${count} with ${kills} killed: ${states} states\n`)
      expect(doubles, 'who made each step').toEqual([])
      expect(stuck, 'who made each step').toEqual([])
      expect(states).toBeGreaterThan(500)
    },
  )

  test('should be found to have two when contenders trust a list of names instead of connecting', async () => {
    bug.isSeeded = true
    const { doubles } = await elect(takePart, 2, 0)
    expect(doubles.length).toBeGreaterThan(0)
  })
})

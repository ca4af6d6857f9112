import { beforeEach, describe, expect, test, vi } from 'vitest'
import { FallbackPolls } from './fallback-polls.ts'
import { ReadState } from '../mailboxes/read-state.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))

function sleeper(): { readonly reading: ReadState } {
  return { reading: new ReadState() }
}

/** Asks as often as the polls demand, for so many polls. @returns ms from each one to the next */
function poll(polls: FallbackPolls, count: number, { late = 0, onPoll = () => {} } = {}): number[] {
  const begun: number[] = []
  while (begun.length < count) {
    if (polls.begin()) {
      begun.push(performance.now())
      onPoll()
    }
    vi.advanceTimersByTime(polls.msUntilDue + late)
  }
  return begun.slice(1).map((at, index) => at - begun[index]!)
}

describe('fallback polls', () => {
  test('should come every 250 ms', () => {
    expect(poll(new FallbackPolls(), 5)).toEqual([250, 250, 250, 250])
  })

  test('should come late by no more than a timer is, and by a ms when it is early', () => {
    vi.advanceTimersByTime(0.3)
    expect(Math.max(...poll(new FallbackPolls(), 50, { late: 5 }))).toBeLessThanOrEqual(256)
    expect(Math.max(...poll(new FallbackPolls(), 50, { late: -0.9 }))).toBeLessThanOrEqual(251)
  })

  test('should read each mailbox that is asleep, and probe for what no end mark announces at every fourth time', () => {
    const polls = new FallbackPolls()
    const entry = sleeper()
    const looks: string[] = []
    poll(polls, 8, { onPoll: () => void looks.push(polls.planFor(entry, true)) })
    expect(looks).toEqual(['read', 'read', 'read', 'read and probe', 'read', 'read', 'read', 'read and probe'])
  })

  test('should read a mailbox once a second when it was quiet for 10 s and may wait', () => {
    const polls = new FallbackPolls()
    const [quiet, busy, sorted] = [sleeper(), sleeper(), sleeper()]
    const looks = { quiet: [] as string[], busy: [] as string[], sorted: [] as string[] }
    const onPoll = (): void => {
      busy.reading.wake()
      looks.quiet.push(polls.planFor(quiet, true))
      looks.busy.push(polls.planFor(busy, true))
      looks.sorted.push(polls.planFor(sorted, false))
    }
    poll(polls, 64, { onPoll })
    expect(looks.quiet.slice(0, 40)).not.toContain('skip')
    expect(looks.quiet.slice(-8)).toEqual(['skip', 'skip', 'skip', 'read', 'skip', 'skip', 'skip', 'read and probe'])
    expect([...looks.busy, ...looks.sorted]).not.toContain('skip')
  })

  test('should skip odd ones on demand, and read quiet mailboxes as often as before', () => {
    const polls = new FallbackPolls()
    const quiet = sleeper()
    poll(polls, 43, { onPoll: () => void polls.planFor(quiet, true) })
    const looks: string[] = []
    const numbers: number[] = []
    const onPoll = (): void => {
      numbers.push(polls.number)
      looks.push(polls.planFor(quiet, true))
      polls.skipNext()
    }
    expect(poll(polls, 8, { onPoll })).toEqual([500, 500, 500, 500, 500, 500, 500])
    expect(numbers).toEqual([44, 46, 48, 50, 52, 54, 56, 58])
    expect(looks).toEqual(['read', 'skip', 'read and probe', 'skip', 'read', 'skip', 'read', 'skip'])
  })

  test('should skip none when a worker comes before it is due', () => {
    const polls = new FallbackPolls()
    const numbers: number[] = []
    const onPoll = (): void => {
      numbers.push(polls.number)
      polls.skipNext()
      polls.keepNext()
      polls.keepNext()
    }
    expect(poll(polls, 4, { onPoll })).toEqual([250, 250, 250])
    expect(numbers).toEqual([1, 2, 3, 4])
  })

  test('should leave no even one out', () => {
    const polls = new FallbackPolls()
    const onPoll = (): void => {
      if (polls.number === 1) polls.skipNext()
    }
    expect(poll(polls, 4, { onPoll })).toEqual([250, 250, 250])
  })
})

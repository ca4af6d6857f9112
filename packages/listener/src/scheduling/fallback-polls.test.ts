import { beforeEach, describe, expect, it, vi } from 'vitest'
import { FloorPolls } from './fallback-polls.ts'
import type { MailboxEntry } from '../mailboxes/mailbox-entry.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))

function sleeper(): MailboxEntry {
  return { pollsAsleep: 0 } as MailboxEntry
}

/** Asks whenever it was told to, for so many polls. @returns ms from each one to the next */
function poll(polls: FloorPolls, count: number, { late = 0, onPoll = () => {} } = {}): number[] {
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

describe('floor polls', () => {
  it('should come every 250 ms', () => {
    expect(poll(new FloorPolls(), 5)).toEqual([250, 250, 250, 250])
  })

  it('should come late by no more than a timer is, and by a ms when it is early', () => {
    vi.advanceTimersByTime(0.3)
    expect(Math.max(...poll(new FloorPolls(), 50, { late: 5 }))).toBeLessThanOrEqual(256)
    expect(Math.max(...poll(new FloorPolls(), 50, { late: -0.9 }))).toBeLessThanOrEqual(251)
  })

  it('should look at each mailbox that is asleep, at every fourth time for what no end mark announces', () => {
    const polls = new FloorPolls()
    const entry = sleeper()
    const looks: string[] = []
    poll(polls, 8, { onPoll: () => void looks.push(polls.lookAt(entry, true)) })
    expect(looks).toEqual(['brief', 'brief', 'brief', 'thorough', 'brief', 'brief', 'brief', 'thorough'])
  })

  it('should look once a second at one that was quiet for 10 s, and may wait', () => {
    const polls = new FloorPolls()
    const [quiet, busy, sorted] = [sleeper(), sleeper(), sleeper()]
    const looks = { quiet: [] as string[], busy: [] as string[], sorted: [] as string[] }
    const onPoll = (): void => {
      busy.pollsAsleep = 0
      looks.quiet.push(polls.lookAt(quiet, true))
      looks.busy.push(polls.lookAt(busy, true))
      looks.sorted.push(polls.lookAt(sorted, false))
    }
    poll(polls, 64, { onPoll })
    expect(looks.quiet.slice(0, 40)).not.toContain('not')
    expect(looks.quiet.slice(-8)).toEqual(['not', 'not', 'not', 'brief', 'not', 'not', 'not', 'thorough'])
    expect([...looks.busy, ...looks.sorted]).not.toContain('not')
  })

  it('should leave out the odd ones when told so, and look at quiet ones as often as before', () => {
    const polls = new FloorPolls()
    const quiet = sleeper()
    poll(polls, 43, { onPoll: () => void polls.lookAt(quiet, true) })
    const looks: string[] = []
    const numbers: number[] = []
    const onPoll = (): void => {
      numbers.push(polls.number)
      looks.push(polls.lookAt(quiet, true))
      polls.leaveNextOut()
    }
    expect(poll(polls, 8, { onPoll })).toEqual([500, 500, 500, 500, 500, 500, 500])
    expect(numbers).toEqual([44, 46, 48, 50, 52, 54, 56, 58])
    expect(looks).toEqual(['brief', 'not', 'thorough', 'not', 'brief', 'not', 'brief', 'not'])
  })

  it('should leave none out when somebody comes before it is due', () => {
    const polls = new FloorPolls()
    const numbers: number[] = []
    const onPoll = (): void => {
      numbers.push(polls.number)
      polls.leaveNextOut()
      polls.keepNext()
      polls.keepNext()
    }
    expect(poll(polls, 4, { onPoll })).toEqual([250, 250, 250])
    expect(numbers).toEqual([1, 2, 3, 4])
  })

  it('should leave no even one out', () => {
    const polls = new FloorPolls()
    const onPoll = (): void => {
      if (polls.number === 1) polls.leaveNextOut()
    }
    expect(poll(polls, 4, { onPoll })).toEqual([250, 250, 250])
  })
})

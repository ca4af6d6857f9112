import { beforeEach, describe, expect, it, vi } from 'vitest'
import { FloorPolls } from './floor-polls.ts'
import type { MailboxEntry } from './mailbox-entry.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))

function sleeper(): MailboxEntry {
  return { pollsAsleep: 0 } as MailboxEntry
}

/** Lets so many ms pass, asking every 10 ms. @returns when polls began, from now on */
function run(polls: FloorPolls, ms: number, onPoll: () => void = () => {}): number[] {
  const begun: number[] = []
  for (let now = 0; now < ms; now += 10) {
    if (polls.begin()) {
      begun.push(now)
      onPoll()
    }
    vi.advanceTimersByTime(10)
  }
  return begun
}

describe('floor polls', () => {
  it('should come every 250 ms, and half as often when nothing has come for 10 s', () => {
    const polls = new FloorPolls()
    expect(run(polls, 1000)).toEqual([0, 250, 500, 750])
    run(polls, 9000)
    expect(run(polls, 2000)).toEqual([0, 500, 1000, 1500])
  })

  it('should come at the usual pace again when something has come', () => {
    const polls = new FloorPolls()
    run(polls, 12_000)
    polls.stir()
    expect(polls.interval).toBe(250)
    expect(run(polls, 1000)).toEqual([0, 250, 500, 750])
  })

  it('should not let who comes in a quiet time wait longer than others', () => {
    const polls = new FloorPolls()
    run(polls, 12_100)
    polls.stir()
    expect(run(polls, 500)).toEqual([250])
  })

  it('should look at each mailbox that is asleep, at every fourth time for what no end mark announces', () => {
    const polls = new FloorPolls()
    const entry = sleeper()
    const looks: string[] = []
    run(polls, 2000, () => looks.push(polls.lookAt(entry)))
    expect(looks).toEqual(['brief', 'brief', 'brief', 'thorough', 'brief', 'brief', 'brief', 'thorough'])
  })

  it('should look half as often at one that was quiet for 10 s, though others are busy', () => {
    const polls = new FloorPolls()
    const [quiet, busy] = [sleeper(), sleeper()]
    const looks: string[] = []
    run(polls, 12_000, () => {
      polls.stir()
      busy.pollsAsleep = 0
      looks.push(`${polls.lookAt(quiet)} ${polls.lookAt(busy)}`)
    })
    expect(looks.slice(0, 4)).toEqual(['brief brief', 'brief brief', 'brief brief', 'thorough thorough'])
    expect(looks.slice(-8).map((look) => look.split(' ')[0])).toEqual([
      'not',
      'brief',
      'not',
      'brief',
      'not',
      'brief',
      'not',
      'thorough',
    ])
    expect(looks.slice(-8).map((look) => look.split(' ')[1])).not.toContain('not')
  })
})

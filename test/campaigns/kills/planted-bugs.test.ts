import { afterAll, describe, expect, test } from 'vitest'
import { fixturePath } from '../../kit/processes/fixture.ts'
import { callsOfListener, removeBacklog, theBacklog, trialOf } from '../beginnings.ts'
import { sampled } from '../../kit/sample.ts'
import { campaign, report } from '../campaign.ts'
import type { Scenario } from '../points.ts'
import { straceObstacle } from '../strace.ts'
import { Trial } from '../trial.ts'

/** The first writes to a log file or the journal, without gaps, because a bug may show only at appends. */
const POINTS = 12
const WRITE = /^write\(\d+<[^>]*(?:\.log|journal)>/

/** A listener with a bug is killed at each of these writes. The next listener, with the same bug, runs to its end. */
function listenerWith(bug: string): Scenario {
  const path = fixturePath(`bugs/${bug}.cjs`)
  const command = ([node = '', ...words]: readonly string[]): string[] => [node, '--require', path, ...words]
  return {
    name: bug,
    async points(atMost) {
      const origin = await theBacklog()
      const calls = await callsOfListener(origin, command)
      const writes = calls.filter((call) => WRITE.test(call.text))
      return writes.slice(0, atMost).map((call) => ({
        name: `${bug}, killed at ${call.name} ${call.number}`,
        run: () =>
          trialOf(
            () => new Trial(origin.directory),
            async (own) => {
              await own.kill(call, command(own.listener))
              await own.run(command(own.listener))
              await own.collect()
              return { ...(await own.check()), fault: '' }
            },
          ),
      }))
    },
  }
}

const bugs = [
  { bug: 'intent-after-append', finds: 'twice', isInSample: true },
  { bug: 'trusting-recovery', finds: 'lost', isInSample: true },
  { bug: 'no-intent', finds: 'twice', isInSample: false },
] as const

describe.skipIf(straceObstacle() !== undefined)('a kill campaign', () => {
  afterAll(removeBacklog)

  test.each(bugs.filter(({ isInSample }) => sampled(isInSample, true)))(
    'should find records $finds when the listener has the bug $bug',
    async ({ bug, finds }) => {
      const tally = await campaign(listenerWith(bug), POINTS, 2)
      console.log(report(tally))
      expect(tally.faults).toEqual([])
      expect(tally[finds]).toBeGreaterThan(0)
    },
  )
})
